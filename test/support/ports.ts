import * as fs from 'node:fs';
import { createServer } from 'node:net';

// Below the ports that systems give to connections, so that a server can be started on its port again, and below those of
// Kubernetes' nodes. The bus of a node of Redis Cluster listens 10 000 above its port.
const FIRST = 11_000;
const BUS = 10_000;
const BLOCK = 500;
const BLOCKS = 17;

/** Ports of one process of tests: its block's first one is listened on while the process lives, which keeps all others off it. */
interface Block {
  readonly first: number;
  next: number;
}

let block: Block | undefined;

/** A port that nobody listens on, nor on that of its bus, nor will: neither by tests of other processes, nor for a connection. */
export function freePort(): number {
  block ??= claimBlock();
  const used = usedPorts();
  for (let tried = 1; tried < BLOCK; tried++) {
    const port = block.first + block.next;
    block.next = (block.next % (BLOCK - 1)) + 1;
    if (!used.has(port) && !used.has(port + BUS)) return port;
  }
  throw new Error(`no port from ${block.first} to ${block.first + BLOCK - 1} is free`);
}

/** Several of them, no two the same. */
export function freePorts(count: number): number[] {
  return Array.from({ length: count }, freePort);
}

function claimBlock(): Block {
  for (let index = 0; index < BLOCKS; index++) {
    const first = FIRST + index * BLOCK;
    const guard = createServer().on('error', () => {});
    guard.listen(first).unref();
    if (guard.listening) return { first, next: 1 };
  }
  throw new Error(`all ports of tests are claimed: who listens on ${FIRST}, ${FIRST + BLOCK} and so on?`);
}

/** Local ports of sockets, by `/proc/net/tcp`: `sl local_address rem_address st`, addresses as `0100007F:1F90`, 06 waits for nothing but time. */
function usedPorts(): Set<number> {
  const used = ['tcp', 'tcp6'].flatMap((kind) => {
    const file = `/proc/net/${kind}`;
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    const sockets = text.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} (?!06)/gm);
    return [...sockets].map(([, port]) => Number.parseInt(port, 16));
  });
  return new Set(used);
}
