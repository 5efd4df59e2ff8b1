import { checkCertificate } from '../core/certificates';
import type { Environment } from '../core/environment';
import { checkJvmMemory } from '../core/jvm';
import { checkClusterName } from '../core/names';
import { checkPlacement } from '../core/placement';
import type { Finding } from '../core/problem';
import { bytesOf, mebibytesOf } from '../core/quantity';
import { isKafkaUuid } from './kafka-ids';
import { brokersProps, controllersProps, type KafkaServer } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { FIRST_CONTROLLER } from './kafka-names';
import { checkConfiguration } from './kafka-validate-configuration';
import { checkListeners } from './kafka-validate-listeners';
import { checkVersions } from './kafka-validate-versions';

/** Everything that is wrong with a cluster as it was asked for. */
export function checkKafka(model: KafkaModel, environment: Environment): Finding[] {
  const all = [
    ...checkClusterName(model.name),
    ...checkVersions(model),
    ...checkIdentity(model),
    ...checkControllers(model, environment),
    ...checkBrokers(model, environment),
    ...checkServers(model, environment),
    ...(model.props.tls ? checkCertificate('kafka/tls', model.props.tls, environment) : []),
    ...checkListeners(model, environment),
    ...checkAuthorization(model),
    ...checkConfiguration(model),
    ...checkOperations(model),
  ];
  // What is wrong with all brokers is said once.
  return [...new Map(all.map((finding) => [finding.message, finding])).values()];
}

const finding = (what: string, message: string): Finding => ({ code: `kafka/${what}`, message });

function checkIdentity({ clusterId, commonName, props }: KafkaModel): Finding[] {
  const findings: Finding[] = [];
  if (!isKafkaUuid(clusterId)) {
    const message = `clusterId: "${clusterId}" is not a UUID in Kafka's notation, 22 characters of url-safe base64; take one of kafka-storage.sh random-uuid, or leave it out`;
    findings.push(finding('cluster-id', message));
  }
  if (props.internalSecurity === 'tls' && !props.tls) {
    const message =
      "internalSecurity: 'tls' needs a certificate; give tls, or let servers use 'sasl' or 'plain'";
    findings.push(finding('internal-security', message));
  }
  if (props.tls && (commonName.length > 64 || /[,;=+<>#"\\\s]/.test(commonName))) {
    const message = `tls: the common name "${commonName}" is longer than the 64 characters of X.509, or holds more than letters, digits and signs of a name; give tls.commonName, which has to be that of the certificate`;
    findings.push(finding('tls', message));
  }
  return findings;
}

function checkControllers(model: KafkaModel, environment: Environment): Finding[] {
  const { props, brokers, combined } = model;
  if (props.metadata) {
    if (props.controllers === undefined) return [];
    return [
      finding(
        'controllers',
        'controllers: metadata is in ZooKeeper, where there are none; leave one of them out',
      ),
    ];
  }
  const development = `give the environment "${environment.name}" durability: 'development'`;
  if (combined) {
    const findings: Finding[] = [];
    if (environment.isProduction) {
      const message = `controllers: 'combined' in production makes brokers and controllers fail together; give 3 controllers, or ${development}`;
      findings.push(finding('controllers', message));
    }
    if (brokers.length !== 1 && brokers.length !== 3) {
      const message = `controllers: 'combined' with ${brokers.length} brokers; the quorum that these are has 1 or 3; choose one of them, or give controllers of their own`;
      findings.push(finding('controllers', message));
    }
    if (brokers.some(({ leaving }) => leaving)) {
      const message = `brokers.leaving: with controllers: 'combined' a broker takes a controller along; give controllers of their own`;
      findings.push(finding('controllers', message));
    }
    return findings;
  }
  const { count, founders = count, storage } = controllersProps(props);
  const findings: Finding[] = [];
  if (![1, 3, 5].includes(count)) {
    const even =
      count > 0 && count % 2 === 0 ? ' (an even number tolerates no more failures than one less)' : '';
    findings.push(finding('controllers', `controllers: ${count}; give 1, 3 or 5${even}`));
  }
  if (![1, 3, 5].includes(founders) && founders !== count) {
    const message = `controllers.founders: ${founders}; give the number of controllers that the quorum was formed with: 1, 3 or 5`;
    findings.push(finding('controllers', message));
  }
  if (count === 1 && environment.isProduction) {
    const message = `controllers: 1 in production stops the cluster with it; use 3, or ${development}`;
    findings.push(finding('controllers', message));
  }
  if (Array.isArray(storage) && storage.length !== 1) {
    const message = `controllers.storage: ${storage.length} volumes; metadata is kept on one; give one`;
    findings.push(finding('controllers', message));
  }
  return findings;
}

function checkBrokers(model: KafkaModel, environment: Environment): Finding[] {
  const { brokers, props } = model;
  const { count, ids, leaving = [], overrides = {} } = brokersProps(props);
  const findings: Finding[] = [];
  const found = (message: string) => findings.push(finding('brokers', message));
  if (count !== undefined && ids)
    found('brokers: count and ids are two ways to say the same; give one of them');
  if (!ids && count !== undefined && (!Number.isInteger(count) || count < 1 || count > 200))
    found(`brokers: ${count}; give a whole number from 1 to 200, or ids`);
  if (ids?.length === 0) found('brokers.ids: none; name at least one broker');
  for (const id of ids ?? []) {
    if (!Number.isInteger(id) || id < 0 || id >= FIRST_CONTROLLER)
      found(
        `brokers.ids: ${id}; ids are whole numbers from 0 to ${FIRST_CONTROLLER - 1}, above are those of controllers`,
      );
  }
  const twice = (ids ?? []).filter((id, index) => ids?.indexOf(id) !== index);
  for (const id of new Set(twice))
    found(`brokers.ids: ${id} is there twice; give each broker an id of its own`);
  const known = new Set(brokers.map(({ id }) => id));
  const list = brokers.map(({ id }) => id).join(', ');
  for (const id of leaving)
    if (!known.has(id))
      found(
        `brokers.leaving: there is no broker ${id} (there are ${list}); a broker that leaves stays in the list until it is empty`,
      );
  for (const id of Object.keys(overrides))
    if (!known.has(Number(id)))
      found(`brokers.overrides: there is no broker ${id} (there are ${list}); leave it out`);
  if (brokers.length > 0 && brokers.every((broker) => broker.leaving))
    found(
      `brokers.leaving: ${list} are all there are, and somebody has to take their partitions; keep at least one, or add others first`,
    );
  const { zones } = environment.props;
  for (const [id, { zone }] of Object.entries(overrides)) {
    if (zone !== undefined && zones && !zones.includes(zone))
      found(
        `brokers.overrides[${id}].zone: "${zone}" is none of the zones of the environment "${environment.name}" (${zones.join(', ')}); name one of these`,
      );
  }
  return findings;
}

function checkServers(model: KafkaModel, environment: Environment): Finding[] {
  const { brokers, controllers, combined } = model;
  const findings = brokers.flatMap((broker) => checkPageCache(broker));
  for (const [what, server] of [
    ...brokers.map((broker) => ['brokers', broker] as const),
    ...(controllers ? [['controllers', controllers] as const] : []),
  ]) {
    findings.push(...checkJvmMemory('kafka/heap', server.memory, server.givenHeap).map(prefixed(what)));
    if (!/^(\d+m|\d+(\.\d{1,3})?)$/.test(server.cpu)) {
      const message = `${what}: cpu "${server.cpu}" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")`;
      findings.push(finding('cpu', message));
    }
    if (server.volumes.length === 0) {
      const message = `storage: none given for the ${what}; give a size, such as Size.gibibytes(100), or a list of volumes`;
      findings.push(finding('storage', message));
    }
    const voters = what === 'controllers' ? (controllers?.count ?? 0) : combined ? brokers.length : 0;
    findings.push(...checkPlacement(environment, server.placement, voters));
  }
  return findings;
}

const prefixed = (what: string) => (one: Finding) => ({ ...one, message: `${what}: ${one.message}` });

/** Brokers read and write by the page cache, which is what the heap leaves. */
function checkPageCache({ givenHeap, memory }: KafkaServer): Finding[] {
  const [heap, limit] = [givenHeap ? mebibytesOf(givenHeap) : 0, mebibytesOf(memory)];
  if (heap * 2 <= limit) return [];
  const message = `brokers: heap ${heap}Mi leaves less than half of the memory, ${limit}Mi, to the page cache that brokers read and write by; raise memory to ${heap * 2}Mi or lower heap to ${Math.floor(limit / 2)}Mi`;
  return [finding('heap', message)];
}

function checkAuthorization({ props, listeners }: KafkaModel): Finding[] {
  const findings: Finding[] = [];
  if (props.authorization === 'acl' && !listeners.some(({ authentication }) => authentication)) {
    const message =
      "authorization: 'acl' binds nobody where no listener knows its users; give a listener authentication, or leave it out";
    findings.push(finding('authorization', message));
  }
  for (const user of props.superUsers ?? []) {
    if (!/^[A-Za-z]+:[^;\s\\]+$/.test(user)) {
      const message = `superUsers: "${user}" is not a principal; write User: and the name, such as User:admin`;
      findings.push(finding('authorization', message));
    }
  }
  return findings;
}

function checkOperations({ steward, props, brokers, listeners }: KafkaModel): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push(finding('operations', message));
  if (!steward) {
    const nobody = "with operations: 'none' nobody";
    if (brokers.some(({ leaving }) => leaving))
      found(`brokers.leaving: ${nobody} moves their partitions; leave operations out`);
    for (const prop of ['topics', 'users'] as const) {
      if (Object.keys(props[prop] ?? {}).length > 0)
        found(`${prop}: ${nobody} creates them; leave operations out`);
    }
    if (listeners.some(({ authentication }) => authentication?.kind === 'scram'))
      found(`listeners: ${nobody} creates SCRAM users; leave operations out, or use another authentication`);
  }
  const { throttle, concurrency = 1 } = props.reassignment ?? {};
  if (throttle && bytesOf(throttle) < 1024 ** 2)
    found('reassignment.throttle: less than 1Mi a second never ends; give more, such as Size.mebibytes(50)');
  if (!Number.isInteger(concurrency) || concurrency < 1)
    found(`reassignment.concurrency: ${concurrency}; give a whole number from 1`);
  return findings;
}
