import { once } from "node:events";
import { connect, createServer } from "node:net";

// What a router does for the ports that it forwards: `node forward-ports.ts ITS_ADDRESS ADDRESS_INSIDE PORT...`. Prints a
// line when it does.

const [outside, inside, ...ports] = process.argv.slice(2) as [string, string, ...string[]];
for (const port of ports.map(Number)) {
  const server = createServer((socket) => {
    const onward = connect(port, inside);
    socket.on("error", () => onward.destroy()).pipe(onward);
    onward.on("error", () => socket.destroy()).pipe(socket);
  });
  server.listen(port, outside);
  await once(server, "listening");
}
console.log("forwarding");
