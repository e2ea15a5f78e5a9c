import { QanatError } from "../../codec/errors.ts";

/** Something wrong with a genesis document: where, as a path of member names, and what. */
export interface GenesisProblem {
  readonly path: string;
  readonly message: string;
}

/** Problems that a message lists; the rest is counted. */
const MAX_LISTED = 10;

/** A genesis document that cannot be read or that no network can start from. `data.problems` has all of them. */
export class GenesisError extends QanatError {
  readonly problems: readonly GenesisProblem[];

  constructor(source: string, problems: readonly GenesisProblem[], options?: ErrorOptions) {
    super("config/genesis", describe(source, problems), { source, problems }, options);
    this.name = "GenesisError";
    this.problems = problems;
  }
}

function describe(source: string, problems: readonly GenesisProblem[]): string {
  const listed = problems.slice(0, MAX_LISTED).map(formatProblem);
  const more = problems.length - listed.length;
  if (more > 0) listed.push(`and ${more} more`);
  return listed.length === 1 ? `${source}: ${listed[0]}` : `${source}:\n  ${listed.join("\n  ")}`;
}

function formatProblem({ path, message }: GenesisProblem): string {
  return path === "" ? message : `${path}: ${message}`;
}
