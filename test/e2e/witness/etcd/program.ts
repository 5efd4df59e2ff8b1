import { reach } from '../reach';
import { readAndCompare, writeUntilStopped } from '../writing';
import { fill, openEtcd, type Place } from './session';

// The program of the witness's pod. Beside writing it does what only a pod that was let in can do.

const { ETCDCTL_ENDPOINTS = '', ETCDCTL_USER, ETCDCTL_PASSWORD, TLS_DIRECTORY } = process.env;
const place = (endpoints: string): Place => ({
  endpoint: endpoints.split(',')[0],
  username: ETCDCTL_USER,
  password: ETCDCTL_PASSWORD,
  keys: TLS_DIRECTORY,
});

const verbs: Record<string, (args: string[]) => Promise<void>> = {
  write: () => writeUntilStopped(() => openEtcd(place(ETCDCTL_ENDPOINTS))),
  read: ([endpoint, ranges]) => readAndCompare(() => openEtcd(place(endpoint)), ranges),
  fill: async () => console.log(JSON.stringify(await fill(place(ETCDCTL_ENDPOINTS)))),
  reach,
};

const [verb, ...args] = process.argv.slice(2);
verbs[verb](args).then(
  () => process.exit(0),
  (error) => {
    console.error(String(error?.message ?? error));
    process.exit(1);
  },
);
