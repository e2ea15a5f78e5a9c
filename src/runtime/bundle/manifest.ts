import { type Hash, hash, namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import {
  bool,
  fromJsonText,
  type Infer,
  list,
  map,
  nullable,
  optional,
  struct,
  text,
  u8,
  u64,
} from "../../codec/schema.ts";
import { hashOf } from "../../crypto/hash.ts";
import { Version } from "../../types/common.ts";
import { EnclaveIdentity } from "../../types/sgx.ts";
import { packVersion } from "../../types/versions.ts";
import { type ComponentId, componentNameProblem, formatComponentId } from "./component-id.ts";

/** Name of the manifest inside a bundle; it must be the first entry. */
export const MANIFEST_NAME = "META-INF/MANIFEST.MF";

const ElfMetadata = struct("ELFMetadata", { executable: text });
const SgxMetadata = struct("SGXMetadata", { executable: text, signature: text });
const GpuResource = struct("GPUResource", { model: optional(text), count: u8 });
const TdxResources = struct("TDXResources", { memory: u64, cpus: u8, gpu: optional(nullable(GpuResource)) });
const TdxMetadata = struct("TDXMetadata", {
  firmware: text,
  kernel: optional(text),
  initrd: optional(text),
  extra_kernel_options: optional(list(text)),
  stage2_image: optional(text),
  stage2_format: optional(text),
  stage2_persist: optional(bool),
  resources: TdxResources,
});
const Identity = struct("Identity", { hypervisor: optional(text), enclave: EnclaveIdentity });

/** One part of a ParaTime and the files it consists of. */
export const Component = struct("Component", {
  kind: text,
  name: optional(text),
  version: optional(Version),
  executable: optional(text),
  elf: optional(nullable(ElfMetadata)),
  sgx: optional(nullable(SgxMetadata)),
  tdx: optional(nullable(TdxMetadata)),
  identity: optional(list(Identity)),
  disabled: optional(bool),
});
export type Component = Infer<typeof Component>;

/**
 * What a bundle says of itself. `version`, `executable` and `sgx` at the top are the older way to describe the
 * on-chain component. facts/runtime.md section 3.
 */
export const Manifest = struct("Manifest", {
  name: optional(text),
  id: namespace,
  version: optional(Version),
  executable: optional(text),
  sgx: optional(nullable(SgxMetadata)),
  components: optional(list(Component)),
  digests: map(text, hash),
});
export type Manifest = Infer<typeof Manifest>;

/**
 * Reads a manifest's JSON and checks it.
 * @throws CodecError on malformed JSON; QanatError `runtime/bad-bundle` when it contradicts itself
 */
export function parseManifest(json: string): Manifest {
  const manifest = fromJsonText(Manifest, json);
  for (const [i, component] of (manifest.components ?? []).entries()) checkComponent(i, component);
  checkIds(manifest);
  if (isLegacy(manifest) && manifest.components?.some(isRonl))
    throw badManifest("its on-chain component is described both at the top and among the components");
  if (manifest.sgx !== null && manifest.sgx.executable === "") throw badManifest("`sgx` names no executable");
  return manifest;
}

/**
 * The manifest's hash: name of the bundle, and the checksum that deployments register. It is over the canonical CBOR,
 * not over the file.
 */
export function manifestHash(manifest: Manifest): Hash {
  if (packVersion(manifest.version) === 0n) return hashOf(Manifest, manifest);
  // A version at the top stands for that of the first on-chain component, which is hashed without.
  const components = manifest.components ?? [];
  const first = components.findIndex(isRonl);
  return hashOf(Manifest, {
    ...manifest,
    components: components.map((component, i) =>
      i === first ? { ...component, version: Version.make() } : component,
    ),
  });
}

/** All components, the one that an older manifest describes at the top included; versions at the top applied. */
export function availableComponents(manifest: Manifest): Component[] {
  const { version, executable, sgx } = manifest;
  const versioned = packVersion(version) > 0n;
  const components = manifest.components ?? [];
  const first = components.findIndex(isRonl);
  const result = components.map((component, i) =>
    i === first && versioned ? { ...component, version } : component,
  );
  if (isLegacy(manifest)) result.push(Component.make({ kind: "ronl", version, elf: { executable }, sgx }));
  return result;
}

/** File name of the component's ELF executable, empty when it has none. */
export function elfExecutable(component: Component): string {
  return component.elf?.executable ?? component.executable;
}

export function componentId(component: Component): ComponentId {
  return { kind: component.kind as ComponentId["kind"], name: component.name };
}

/** Names of the files that a component needs, with what each is. Parts that it does not name are not listed. */
export function componentFiles(component: Component): [what: string, file: string][] {
  const { sgx, tdx } = component;
  const files: [string, string][] = [["ELF executable", elfExecutable(component)]];
  if (sgx !== null) files.push(["SGX executable", sgx.executable], ["SGX signature", sgx.signature]);
  if (tdx !== null)
    files.push(
      ["TDX virtual firmware", tdx.firmware],
      ["TDX kernel image", tdx.kernel],
      ["TDX initrd image", tdx.initrd],
      ["TDX VM stage 2 image", tdx.stage2_image],
    );
  return files.filter(([, file]) => file !== "");
}

function isLegacy(manifest: Manifest): boolean {
  return manifest.executable !== "" || manifest.sgx !== null;
}

function isRonl(component: Component): boolean {
  return component.kind === "ronl" && component.name === "";
}

function checkIds(manifest: Manifest): void {
  const seen = new Set<string>();
  for (const component of manifest.components ?? []) {
    const id = formatComponentId(componentId(component));
    if (seen.has(id)) throw badManifest(`two components are called ${id}`);
    seen.add(id);
  }
}

function checkComponent(index: number, component: Component): void {
  const problem = componentProblem(component);
  if (problem !== null) throw badManifest(`component ${index}: ${problem}`);
}

function componentProblem(component: Component): string | null {
  const { kind, name, executable, elf, sgx, tdx, disabled } = component;
  if (sgx !== null && tdx !== null) return "it has both an SGX and a TDX part";
  if (elf !== null && elf.executable === "") return "`elf` names no executable";
  if (sgx !== null && sgx.executable === "") return "`sgx` names no executable";
  if (tdx !== null) {
    const problem = tdxProblem(tdx);
    if (problem !== null) return problem;
  }
  if (kind === "rofl") return componentNameProblem(name);
  if (kind !== "ronl") return `unknown kind ${JSON.stringify(kind)}`;
  if (name !== "") return "the on-chain component must not have a name";
  if (executable === "" && elf === null) return "the on-chain component needs an executable";
  return disabled ? "the on-chain component cannot be disabled" : null;
}

function tdxProblem(tdx: Infer<typeof TdxMetadata>): string | null {
  const { firmware, kernel, initrd, stage2_image, resources } = tdx;
  if (firmware === "") return "`tdx` names no firmware";
  if (kernel === "" && stage2_image !== "") return "`tdx` has a stage 2 image but no kernel";
  if (kernel === "" && initrd !== "") return "`tdx` has an initrd but no kernel";
  if (resources.memory < 16n) return "`tdx` asks for less than 16 MB of memory";
  if (resources.cpus < 1) return "`tdx` asks for no processor";
  if (resources.gpu !== null && resources.gpu.count < 1) return "`tdx` asks for a GPU, but for none of them";
  return null;
}

function badManifest(reason: string): QanatError {
  return new QanatError("runtime/bad-bundle", `bundle manifest: ${reason}`, { reason });
}
