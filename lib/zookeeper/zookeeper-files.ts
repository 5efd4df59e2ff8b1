import type { k8s } from 'cdk8s-plus-27';
import { packageFile } from '../core/package-files';
import type { GateSettings } from './gate/settings';
import { logbackXml, zooCfg } from './zookeeper-config';
import { memberPort, onlyTls, PORTS, type ZooKeeperModel } from './zookeeper-model';

const SCRIPTS = ['alive.sh', 'ready.sh', 'stop.sh'];

/** The files that members and Jobs mount: settings, scripts as they are in the package, and the program of gate and Jobs. */
export function configMaps(
  model: ZooKeeperModel,
  labels: Record<string, string>,
): { id: string; props: k8s.KubeConfigMapProps }[] {
  const { backup, restore, logLevel } = model.props;
  const scripts = [...SCRIPTS, ...(backup ? ['upload.sh'] : []), ...(restore ? ['download.sh'] : [])];
  const files: Record<string, Record<string, string>> = {
    config: {
      'zoo.cfg': zooCfg(model),
      'logback.xml': logbackXml(logLevel ?? 'INFO'),
      'logback-client.xml': logbackXml('WARN'),
      'gate.json': `${JSON.stringify(gateSettings(model), null, 2)}\n`,
    },
    scripts: Object.fromEntries(scripts.map((name) => [name, packageFile(`lib/zookeeper/scripts/${name}`)])),
    steward: { 'zookeeper.js': packageFile('build/steward/zookeeper.js') },
  };
  return Object.entries(files).map(([id, data]) => ({
    id,
    props: { metadata: { name: `${model.name}-${id}`, labels }, data },
  }));
}

function gateSettings(model: ZooKeeperModel): GateSettings {
  return {
    cluster: model.name,
    members: model.members,
    founders: model.founders,
    port: memberPort(model),
    tls: onlyTls(model),
    quorumPort: PORTS.quorum,
    electionPort: PORTS.election,
    transactionLogVolume: model.transactionLog !== undefined,
    restore: model.props.restore?.snapshot,
  };
}
