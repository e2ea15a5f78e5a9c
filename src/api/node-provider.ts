import type { LightProvider } from "../chain/light/provider.ts";
import type { Evidence, LightBlock, Parameters, Validators } from "../types/api-consensus.ts";
import { ApiClient } from "./client.ts";
import { type ProviderAddress, providerCredentials } from "./provider-address.ts";

/** A node that is asked over its API. It is connected to with the first question. */
export class NodeProvider implements LightProvider {
  readonly name: string;
  readonly #address: ProviderAddress;
  readonly #rejected: (name: string, reason: string) => void;
  #client: Promise<ApiClient> | null = null;

  /** @param rejected told when an answer was wrong */
  constructor(address: ProviderAddress, rejected: (name: string, reason: string) => void = () => {}) {
    this.name = address.text;
    this.#address = address;
    this.#rejected = rejected;
  }

  /** The connection, for other questions. @throws QanatError when the node does not prove who it is */
  async client(): Promise<ApiClient> {
    this.#client ??= providerCredentials(this.#address).then(
      (security) => new ApiClient(this.#address.dial, security),
    );
    try {
      return await this.#client;
    } catch (error) {
      this.#client = null;
      throw error;
    }
  }

  async getLightBlock(height: bigint, signal: AbortSignal): Promise<LightBlock> {
    return await (await this.client()).call("Consensus", "GetLightBlock", height, { signal });
  }

  async getValidators(height: bigint, signal: AbortSignal): Promise<Validators> {
    return await (await this.client()).call("Consensus", "GetValidators", height, { signal });
  }

  async getParameters(height: bigint, signal: AbortSignal): Promise<Parameters> {
    return await (await this.client()).call("Consensus", "GetParameters", height, { signal });
  }

  async submitEvidence(evidence: Evidence, signal: AbortSignal): Promise<void> {
    await (await this.client()).call("Consensus", "SubmitEvidence", evidence, { signal });
  }

  /** There is nobody else in its place. */
  reject(reason: string): void {
    this.#rejected(this.name, reason);
  }

  close(): void {
    void this.#client?.then(
      (client) => client.close(),
      () => {},
    );
  }
}
