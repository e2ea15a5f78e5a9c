import { toBase64 } from "../codec/bytes.ts";
import { type Codec, encode } from "../codec/schema.ts";

/** Name of a service as it appears in event types; hooks run in byte order of these names (consensus-a.md 1.1). */
export type ServiceName =
  | "000_beacon"
  | "100_staking"
  | "200_registry"
  | "200_scheduler"
  | "300_governance"
  | "400_vault"
  | "999_keymanager"
  | "999_roothash";

/**
 * One kind of event of a service, declared once beside the service.
 *
 * The attribute `kind` carries base64 of the canonical CBOR of the value. `provable` events enter the events root
 * of the block as their CBOR (consensus-a.md 1.5).
 */
export interface EventKind<T> {
  readonly service: ServiceName;
  readonly kind: string;
  readonly codec: Codec<T>;
  readonly provable: boolean;
}

export interface EventAttribute {
  readonly key: string;
  readonly value: string;
}

/** An emitted event: what goes into block results, and its provable form if it has one. */
export interface EmittedEvent {
  readonly service: ServiceName;
  readonly attributes: readonly EventAttribute[];
  /** CBOR of the event when it is provable. */
  readonly provable: Uint8Array | null;
}

export function eventKind<T>(
  service: ServiceName,
  kind: string,
  codec: Codec<T>,
  options: { provable?: boolean } = {},
): EventKind<T> {
  return { service, kind, codec, provable: options.provable ?? false };
}

/** Renders an event. `extra` attributes follow the event's own (roothash adds `runtime_id`). */
export function renderEvent<T>(
  kind: EventKind<T>,
  value: T,
  extra: readonly EventAttribute[] = [],
): EmittedEvent {
  const cbor = encode(kind.codec, value);
  return {
    service: kind.service,
    attributes: [{ key: kind.kind, value: toBase64(cbor) }, ...extra],
    provable: kind.provable ? cbor : null,
  };
}

/** ABCI type of a service's events. */
export function eventType(service: ServiceName): string {
  return `oasis_event_${service}`;
}
