import * as tls from 'node:tls';
import { reach } from '../reach';
import { runVerb } from '../verbs';
import { readAndCompare, writeUntilStopped } from '../writing';
import { openZooKeeper, serversOf, tlsFrom } from './session';

// The program of the witness's pod. Beside writing it does what only a pod that was let in can do.

const { ZOOKEEPER_CONNECT: here = '', TLS_DIRECTORY: keys } = process.env;
const say = (answer: unknown) => console.log(JSON.stringify(answer));

/** Serial number of the certificate that a server shows. */
async function serial([address, servername]: string[]): Promise<void> {
  const socket = tls.connect({ ...serversOf(address)[0], ...tlsFrom(keys), servername });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  say(socket.getPeerCertificate().serialNumber);
  socket.destroy();
}

runVerb({
  write: () => writeUntilStopped(() => openZooKeeper(here, keys)),
  read: ([connect, ranges]) => readAndCompare(() => openZooKeeper(connect, keys), ranges),
  reach,
  serial,
});
