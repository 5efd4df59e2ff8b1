import * as net from 'node:net';

const PATIENCE_MS = 3_000;

/** Prints which of `host:port` take a connection. */
export async function reach(addresses: readonly string[]): Promise<void> {
  const open = await Promise.all(addresses.map(isOpen));
  console.log(JSON.stringify(addresses.filter((_, index) => open[index])));
}

function isOpen(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port), timeout: PATIENCE_MS });
    const finish = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.on('connect', () => finish(true));
    socket.on('timeout', () => finish(false));
    socket.on('error', () => finish(false));
  });
}
