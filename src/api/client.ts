import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { type Codec, decode, encode } from "../codec/codec.ts";
import { CodedError, QanatError } from "../codec/errors.ts";
import { type DialAddress, dialTarget } from "./address.ts";
import { MAX_MESSAGE_BYTES, plainBytes } from "./framing.ts";
import type { Method, RequestOf, ResponseOf } from "./method.ts";
import { SERVICE_PREFIX, type ServiceName, type Services, services } from "./method-table.ts";
import { decodeStatusDetails } from "./status-details.ts";

/** Names of a service's methods of one kind. */
type MethodName<S extends ServiceName, Kind extends Method["kind"]> = {
  [Name in keyof Services[S]]: Services[S][Name] extends { readonly kind: Kind } ? Name : never;
}[keyof Services[S]] &
  string;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Also sent to the server. None: wait for ever. */
  readonly timeoutMs?: number;
}

/** A call failed without a wire pair: the server is not there, the request is malformed, it timed out. */
export class CallError extends QanatError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`rpc/${status}`, message);
    this.name = "CallError";
    this.status = status;
  }
}

const EMPTY = Buffer.alloc(0);

/** A client of the node's API with the types of the method table. */
export class ApiClient {
  readonly #client: Client;

  /** Connects lazily: a node that is not there shows as the error of the first call. */
  constructor(address: DialAddress, security: ChannelCredentials = credentials.createInsecure()) {
    this.#client = new Client(dialTarget(address), security, {
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
      "grpc.enable_retries": 0,
      "grpc.enable_http_proxy": 0,
    });
  }

  /**
   * Calls a unary method.
   * @throws CodedError for errors with a wire pair, CallError for the rest
   */
  call<S extends ServiceName, N extends MethodName<S, "unary">>(
    service: S,
    name: N,
    request: RequestOf<Services[S][N]>,
    options: CallOptions = {},
  ): Promise<ResponseOf<Services[S][N]>> {
    const method = services[service][name] as Method;
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        pathOf(service, name),
        (value: unknown) => encodeRequest(method.request, value),
        // The library takes a null for no answer at all.
        (bytes: Buffer): Answer => ({
          value: method.response === null ? undefined : decode(method.response, plainBytes(bytes), "rpc"),
        }),
        request,
        new Metadata(),
        callOptions(options),
        (error, response) => {
          options.signal?.removeEventListener("abort", cancel);
          if (error === null) resolve(response!.value as ResponseOf<Services[S][N]>);
          else reject(options.signal?.aborted ? options.signal.reason : callError(error));
        },
      );
      const cancel = () => call.cancel();
      if (options.signal?.aborted) cancel();
      else options.signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /**
   * Opens a server stream; it ends when the server ends it or the loop over it is left.
   * @throws as {@link call}, from the iterator
   */
  async *watch<S extends ServiceName, N extends MethodName<S, "stream">>(
    service: S,
    name: N,
    request: RequestOf<Services[S][N]>,
    options: CallOptions = {},
  ): AsyncGenerator<ResponseOf<Services[S][N]>, void, void> {
    const method = services[service][name] as Method;
    const call = this.#client.makeServerStreamRequest(
      pathOf(service, name),
      (value: unknown) => encodeRequest(method.request, value),
      (bytes: Buffer) => decode(method.response!, plainBytes(bytes), "rpc"),
      request,
      new Metadata(),
      callOptions(options),
    );
    const cancel = () => call.cancel();
    if (options.signal?.aborted) cancel();
    else options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const item of call) yield item as ResponseOf<Services[S][N]>;
    } catch (error) {
      throw options.signal?.aborted ? options.signal.reason : callError(error as ServiceError);
    } finally {
      options.signal?.removeEventListener("abort", cancel);
      call.on("error", () => {
        // Cancelling reports itself as an error; the loop is over.
      });
      call.cancel();
    }
  }

  /** Waits until the server answers. @throws CallError when it does not within `timeoutMs` */
  waitForConnection(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(new CallError(14, error.message));
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}

function pathOf(service: string, name: string): string {
  return `/${SERVICE_PREFIX}${service}/${name}`;
}

/** A decoded response. */
interface Answer {
  readonly value: unknown;
}

function encodeRequest(codec: Codec<unknown> | null, value: unknown): Buffer {
  if (codec === null) return EMPTY;
  const bytes = encode(codec, value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function callOptions(options: CallOptions) {
  return options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs };
}

/** The error that the server threw, as far as it came over the wire. */
function callError(error: ServiceError): Error {
  const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const coded = details instanceof Buffer ? decodeStatusDetails(plainBytes(details)) : null;
  if (coded !== null) return new CodedError(coded.module, coded.code, error.details);
  return new CallError(error.code ?? 2, error.details ?? error.message);
}
