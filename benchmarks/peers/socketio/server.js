/**
 * The peer on socket.io: `node server.js PORT`.
 *
 * A client logs in with a cookie and names one room. What it sends is stored, then everybody
 * else in the room gets it, then the sender is told.
 */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";
import { Server } from "socket.io";

const LOGIN = `
  SELECT person.id, person.username
  FROM session JOIN person ON person.id = session.person_id
  JOIN membership ON membership.person_id = person.id
  WHERE session.token = $1 AND membership.room_id = $2`;
const STORE = `
  INSERT INTO message (id, room_id, sender_id, content, sent_at)
  VALUES ($1, $2, $3, $4, $5)`;

const database = new pg.Pool({ connectionString: process.env.BENCHMARK_DATABASE_URL });
const server = createServer();
const sockets = new Server(server, { transports: ["websocket"] });

sockets.use(async (socket, next) => {
  const { headers, query } = socket.handshake;
  const token = /(?:^|; *)sessionid=([^;]+)/.exec(headers.cookie ?? "")?.[1];
  try {
    const { rows } = await database.query(LOGIN, [token, query.room]);
    socket.data.person = rows[0];
    next(rows.length ? undefined : new Error("Not for you"));
  } catch (error) {
    next(error);
  }
});

sockets.on("connection", (socket) => {
  const { person } = socket.data;
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("send", async ({ content }, acknowledge) => {
    const id = randomUUID();
    const sentAt = new Date();
    await database.query(STORE, [id, room, person.id, content, sentAt]);
    const sender = person.username;
    socket.to(room).emit("message", { id, room, sender, content, sent_at: sentAt });
    acknowledge({ id, sent_at: sentAt });
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1");
