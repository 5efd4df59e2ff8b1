import { QuorumCharge } from '../steward/quorum-charge';
import { runSteward } from '../steward/run';
import { runGate } from './gate/run';
import { GATE_PATHS } from './gate/settings';
import { ZooKeeperQuorum } from './steward/quorum';
import type { ZooKeeperStewardSettings } from './steward/settings';
import { runBackup } from './tasks/backup';
import { runProvision } from './tasks/provision';

const log = (line: Record<string, unknown>) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));

const roles: Record<string, () => Promise<unknown>> = {
  gate: () =>
    runGate({ id: Number(/-(\d+)$/.exec(process.env.POD_NAME ?? '')?.[1]), paths: GATE_PATHS, log }),
  steward: () => {
    const settings = JSON.parse(process.env.SETTINGS ?? '{}') as ZooKeeperStewardSettings;
    const system = new ZooKeeperQuorum(settings);
    return runSteward(settings, (cluster) => new QuorumCharge(settings, cluster, system), log);
  },
  provision: () => runProvision(log),
  backup: () => runBackup(log),
};

const role = process.argv[2];
if (!roles[role]) {
  console.error(`usage: zookeeper.js ${Object.keys(roles).join(' | ')}; given: ${role ?? 'nothing'}`);
  process.exit(2);
}
if (role !== 'steward') process.once('SIGTERM', () => process.exit(143));
roles[role]().then(
  () => process.exit(0),
  (error) => {
    log({ [role]: 'failed', reason: String(error?.message ?? error) });
    process.exit(1);
  },
);
