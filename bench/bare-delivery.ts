/**
 * A bare Fastify server that sends the files of a folder through @fastify/send, in a process of its own: what
 * bench/delivery.ts compares with. Prints its address.
 */
import send from "@fastify/send";
import fastify from "fastify";

const root = process.argv[2] ?? ".";
const app = fastify({ logger: false });
app.get("/*", async (request, reply) => {
  const { statusCode, headers, stream } = await send(request.raw, request.url, { root });
  return reply.code(statusCode).headers(headers).send(stream);
});
console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
