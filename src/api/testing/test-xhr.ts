/**
 * Just enough of the browser's XMLHttpRequest, over `fetch`, for the npm gRPC-Web client to run under Node in tests.
 * It also plays the browser's part of CORS: a cross-origin request is preflighted, and only headers that the server
 * exposes can be read.
 */
export class TestXMLHttpRequest {
  static readonly UNSENT = 0;
  static readonly DONE = 4;
  /** Origin of the page that the client pretends to run in. */
  static readonly origin = "https://wallet.example";

  readyState = 0;
  status = 0;
  statusText = "";
  responseText = "";
  responseType = "";
  withCredentials = false;
  onreadystatechange: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #abort = new AbortController();
  #url = "";
  #method = "";
  readonly #requestHeaders = new Map<string, string>();
  #responseHeaders = new Map<string, string>();

  get response(): string {
    return this.responseText;
  }

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
    this.#become(1);
  }

  setRequestHeader(name: string, value: string): void {
    this.#requestHeaders.set(name.toLowerCase(), value);
  }

  getResponseHeader(name: string): string | null {
    return this.#responseHeaders.get(name.toLowerCase()) ?? null;
  }

  getAllResponseHeaders(): string {
    return [...this.#responseHeaders].map(([name, value]) => `${name}: ${value}`).join("\r\n");
  }

  abort(): void {
    this.#abort.abort();
  }

  send(body?: string): void {
    this.#exchange(body).catch(() => {
      this.status = 0;
      this.#become(4);
    });
  }

  async #exchange(body: string | undefined): Promise<void> {
    const { origin } = TestXMLHttpRequest;
    const unsafe = [...this.#requestHeaders.keys()].filter((name) => name !== "accept");
    const preflight = await fetch(this.#url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": this.#method,
        "access-control-request-headers": unsafe.join(","),
      },
    });
    const allowed = (preflight.headers.get("access-control-allow-headers") ?? "").split(/,\s*/);
    if (!preflight.ok || unsafe.some((name) => !allowed.includes(name))) throw new Error("CORS: not allowed");
    const response = await fetch(this.#url, {
      method: this.#method,
      headers: { ...Object.fromEntries(this.#requestHeaders), origin },
      ...(body === undefined ? {} : { body }),
      signal: this.#abort.signal,
    });
    const allowedOrigin = response.headers.get("access-control-allow-origin");
    if (allowedOrigin !== "*" && allowedOrigin !== origin) throw new Error("CORS: origin not allowed");
    const exposed = (response.headers.get("access-control-expose-headers") ?? "").split(/,\s*/);
    for (const [name, value] of response.headers) {
      if (name === "content-type" || exposed.includes(name)) this.#responseHeaders.set(name, value);
    }
    this.status = response.status;
    this.statusText = response.statusText;
    this.#become(2);
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      this.responseText += decoder.decode(chunk, { stream: true });
      this.#become(3);
    }
    this.#become(4);
  }

  #become(state: number): void {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
