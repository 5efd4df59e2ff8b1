import * as net from 'node:net';
import { rawOf } from '../../lib/redis/wire/reply';
import { RespReader } from '../../lib/redis/wire/resp';
import type { Address } from '../../lib/steward/reach';
import { LOOPBACK } from './process';

/** A server that takes commands and answers what the test says, which need not be Redis. */
export class FakeRedisServer {
  readonly asked: string[][] = [];
  connections = 0;
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly listener: net.Server,
    private readonly answer: (words: readonly string[], socket: net.Socket) => string | undefined,
    private readonly greeting?: string,
  ) {
    listener.on('connection', (socket) => this.accept(socket));
  }

  /** What `answer` gives is sent as it is; where it gives nothing, nothing is. */
  static async start(
    answer: (words: readonly string[], socket: net.Socket) => string | undefined,
    greeting?: string,
  ): Promise<FakeRedisServer> {
    const server = new FakeRedisServer(net.createServer(), answer, greeting);
    await new Promise<void>((resolve) => server.listener.listen(0, LOOPBACK, resolve));
    return server;
  }

  get address(): Address {
    return { host: LOOPBACK, port: (this.listener.address() as net.AddressInfo).port };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private accept(socket: net.Socket): void {
    this.connections++;
    this.sockets.add(socket);
    const reader = new RespReader();
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    if (this.greeting) socket.end(this.greeting);
    socket.on('data', (chunk) => {
      // The handshake of TLS, which it lets wait.
      if (chunk[0] === 0x16) return;
      for (const command of reader.push(chunk)) {
        const words = (rawOf(command) as readonly Buffer[]).map(String);
        this.asked.push(words);
        const reply = this.answer(words, socket);
        if (reply !== undefined) socket.write(reply);
      }
    });
  }
}
