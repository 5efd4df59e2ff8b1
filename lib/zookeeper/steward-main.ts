import { log, runRole } from '../steward/program';
import { QuorumCharge } from '../steward/quorum-charge';
import { runSteward } from '../steward/run';
import { runGate } from './gate/run';
import { GATE_PATHS } from './gate/settings';
import { ZooKeeperQuorum } from './steward/quorum';
import type { ZooKeeperStewardSettings } from './steward/settings';
import { runBackup } from './tasks/backup';
import { runProvision } from './tasks/provision';

runRole('zookeeper.js', {
  gate: () =>
    runGate({ id: Number(/-(\d+)$/.exec(process.env.POD_NAME ?? '')?.[1]), paths: GATE_PATHS, log }),
  steward: () => {
    const settings = JSON.parse(process.env.SETTINGS ?? '{}') as ZooKeeperStewardSettings;
    const system = new ZooKeeperQuorum(settings);
    return runSteward(settings, (cluster) => new QuorumCharge(settings, cluster, system), log);
  },
  provision: () => runProvision(log),
  backup: () => runBackup(log),
});
