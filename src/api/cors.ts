/** Who may call from a browser: `*` or a list of origins such as `https://wallet.example`. */
export type CorsOrigins = readonly string[];

/** Headers that gRPC-Web clients send. */
const REQUEST_HEADERS = "content-type, x-grpc-web, x-user-agent, grpc-timeout";
/** Headers that the npm client reads (api.md 5.2). */
const EXPOSED_HEADERS = "grpc-status, grpc-message, grpc-status-details-bin";
const PREFLIGHT_MAX_AGE_SECONDS = 86_400;

/** Response headers that let `origin` read the response; empty when it may not or the request has no origin. */
export function corsHeaders(origins: CorsOrigins, origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  const isAny = origins.includes("*");
  if (!isAny && !origins.includes(origin)) return { vary: "origin" };
  return {
    "access-control-allow-origin": isAny ? "*" : origin,
    "access-control-expose-headers": EXPOSED_HEADERS,
    ...(isAny ? {} : { vary: "origin" }),
  };
}

/** Response headers of a preflight request. */
export function preflightHeaders(origins: CorsOrigins, origin: string | undefined): Record<string, string> {
  const headers = corsHeaders(origins, origin);
  if (!("access-control-allow-origin" in headers)) return headers;
  return {
    ...headers,
    "access-control-allow-methods": "POST, GET, OPTIONS",
    "access-control-allow-headers": REQUEST_HEADERS,
    "access-control-max-age": String(PREFLIGHT_MAX_AGE_SECONDS),
  };
}
