import { log, runRole } from '../steward/program.js';
import { prepareRestore } from './gate/prepare-restore.js';
import { runEtcdGate } from './gate/run.js';
import { ETCD_GATE_PATHS } from './gate/settings.js';
import { unforce } from './gate/unforce.js';
import { runBackup } from './tasks/backup.js';
import { runCheckRestore } from './tasks/check-restore.js';

const podName = process.env.POD_NAME ?? '';

runRole('etcd-gate.mjs', {
  gate: () => runEtcdGate({ podName, paths: ETCD_GATE_PATHS, log }),
  'prepare-restore': async () => prepareRestore({ podName, paths: ETCD_GATE_PATHS, log }),
  unforce: async () => {
    await unforce({
      paths: ETCD_GATE_PATHS,
      metrics: { host: '127.0.0.1', port: Number(process.env.METRICS_PORT) },
      log,
    });
    // A container that ends is started again.
    await new Promise(() => setInterval(() => undefined, 2 ** 30));
  },
  backup: () => runBackup(log),
  'check-restore': () => runCheckRestore(log),
});
