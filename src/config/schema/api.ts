import { key, listKey, section } from "../keys.ts";
import * as kinds from "../kinds.ts";

const ours = { addition: true } as const;

const methods = (initial: readonly string[]) =>
  listKey(
    kinds.text,
    initial,
    "Methods that are served, as `Service/Method` or `Service/*`; `*` is every method. Methods that steer the node are served on the Unix socket only.",
    ours,
  );

export const api = section(
  "API listeners besides the Unix socket. They have no access control of their own.",
  {
    grpc: section(
      "gRPC over TCP, without TLS.",
      {
        listen_address: key(kinds.listenAddress, "", "Address to listen on; empty is off.", ours),
        methods: methods(["*"]),
      },
      ours,
    ),
    http: section(
      "gRPC-Web and JSON over HTTP, for browsers.",
      {
        listen_address: key(kinds.listenAddress, "", "Address to listen on; empty is off.", ours),
        methods: methods(["*"]),
        cors_origins: listKey(
          kinds.text,
          [],
          "Origins whose pages may call, such as `https://wallet.example`; `*` is every origin.",
          ours,
        ),
      },
      ours,
    ),
  },
  ours,
);
