import { reach } from '../reach';
import { runVerb } from '../verbs';
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

runVerb({
  write: () => writeUntilStopped(() => openEtcd(place(ETCDCTL_ENDPOINTS))),
  read: ([endpoint, ranges]) => readAndCompare(() => openEtcd(place(endpoint)), ranges),
  fill: async () => console.log(JSON.stringify(await fill(place(ETCDCTL_ENDPOINTS)))),
  reach,
});
