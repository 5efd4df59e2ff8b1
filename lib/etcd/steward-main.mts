import { Backups } from '../steward/backups.js';
import { log, runRole } from '../steward/program.js';
import { QuorumCharge } from '../steward/quorum-charge.js';
import { runSteward } from '../steward/run.js';
import { EtcdAddresses } from './steward/addresses.js';
import { isDefragmenting } from './steward/defrag-inflight.js';
import { Keys } from './steward/keys.js';
import { Maintenance } from './steward/maintenance.js';
import { EtcdMembers } from './steward/members.js';
import { EtcdProvisioner } from './steward/provision.js';
import { EtcdQuorum } from './steward/quorum.js';
import type { EtcdStewardSettings } from './steward/settings.js';

/** For a look at a member's metrics port, in milliseconds. */
const METRICS_MS = 2_000;

function steward(): Promise<void> {
  const settings = JSON.parse(process.env.SETTINGS ?? '{}') as EtcdStewardSettings;
  const members = new EtcdMembers(new EtcdAddresses(settings), new Keys(settings));
  const maintenance = new Maintenance(settings, {
    defragmenting: (id) => isDefragmenting(members.addresses.of(id).metrics, METRICS_MS),
  });
  const provisioner = new EtcdProvisioner(settings.authentication);
  const system = new EtcdQuorum(settings, { members, maintenance, provisioner });
  const backups = settings.backups ?? [];
  return runSteward(
    settings,
    (cluster) => new QuorumCharge(settings, cluster, system, new Backups(cluster, backups)),
    log,
  );
}

runRole('etcd.mjs', { steward });
