import type { k8s } from 'cdk8s-plus-27';
import { objectLabels, selectorLabels } from '../core/names';
import { packageFile } from '../core/package-files';
import { dataKeeper } from '../core/storage';
import type { GateSettings } from './gate/settings';
import type { ZooKeeperStewardSettings } from './steward/settings';
import type { Wanted } from './tasks/znodes';
import { logbackXml, zooCfg } from './zookeeper-config';
import { memberHost, memberPort, onlyTls, PORTS, type ZooKeeperModel } from './zookeeper-model';

/** File with the program of gate, steward and Jobs. */
export const PROGRAM = 'zookeeper.js';

/** ConfigMap that holds it. */
export const programMap = ({ name }: ZooKeeperModel): string => `${name}-program`;

const SCRIPTS = ['alive.sh', 'ready.sh', 'stop.sh'];

/** The files that members and Jobs mount: settings, scripts as they are in the package, and the program of gate, steward and Jobs. */
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
    program: { [PROGRAM]: packageFile(`build/steward/${PROGRAM}`) },
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

/** What the steward is told; `rendered` is the annotation of the StatefulSet that belongs to it. */
export function stewardSettings(
  model: ZooKeeperModel,
  wanted: Wanted,
  rendered: string,
): ZooKeeperStewardSettings {
  return {
    cluster: model.name,
    sets: [model.name],
    namespace: model.namespace,
    rendered,
    selector: selectorLabels(model.name, 'server'),
    labels: objectLabels('zookeeper', model.name, 'steward'),
    members: model.members.map(({ id, role }) => ({
      id,
      part: role === 'participant' ? 'voter' : 'observer',
    })),
    founders: model.founders,
    data: dataKeeper([model.data]),
    host: memberHost(model, '{id}'),
    port: memberPort(model),
    tls: onlyTls(model),
    quorumPort: PORTS.quorum,
    electionPort: PORTS.election,
    client: { host: onlyTls(model) ? '127.0.0.1' : '0.0.0.0', port: PORTS.client },
    wanted,
  };
}
