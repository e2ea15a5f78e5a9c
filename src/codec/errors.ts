/** Structured facts that go with an error: names and values for logs and messages. */
export type ErrorData = Readonly<Record<string, unknown>>;

/** Base of every error this project throws on purpose. `code` is stable and made for programs, `message` for people. */
export class QanatError extends Error {
  readonly code: string;
  readonly data: ErrorData;

  constructor(code: string, message: string, data: ErrorData = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "QanatError";
    this.code = code;
    this.data = data;
  }
}

/**
 * An error with a pair that the network's wire knows: module name and number within the module.
 *
 * The pair is what transaction results and gRPC details carry; `message` is the registered text, possibly
 * followed by context.
 */
export class CodedError extends QanatError {
  readonly module: string;
  readonly wireCode: number;

  constructor(
    module: string,
    wireCode: number,
    message: string,
    data: ErrorData = {},
    options?: ErrorOptions,
  ) {
    super(`${module}/${wireCode}`, message, data, options);
    this.name = "CodedError";
    this.module = module;
    this.wireCode = wireCode;
  }

  /** The same pair with more to say: `<registered text>: <context>`. */
  with(context: string, data: ErrorData = {}, options?: ErrorOptions): CodedError {
    return new CodedError(
      this.module,
      this.wireCode,
      `${this.message}: ${context}`,
      { ...this.data, ...data },
      options,
    );
  }

  /** Whether `error` carries this wire pair. */
  matches(error: unknown): boolean {
    return error instanceof CodedError && error.module === this.module && error.wireCode === this.wireCode;
  }
}

/** Input bytes or text that do not decode. The only error decoders of `src/codec` throw, whatever the input. */
export class CodecError extends QanatError {
  readonly reason: string;
  readonly path: string;

  constructor(reason: string, path = "", options?: ErrorOptions) {
    super("codec/malformed", path === "" ? reason : `${path}: ${reason}`, { reason, path }, options);
    this.name = "CodecError";
    this.reason = reason;
    this.path = path;
  }

  /** The same error seen from the enclosing value: `segment` is put in front of the path. */
  within(segment: string): CodecError {
    const separator = this.path === "" || this.path.startsWith("[") ? "" : ".";
    return new CodecError(this.reason, `${segment}${separator}${this.path}`);
  }
}
