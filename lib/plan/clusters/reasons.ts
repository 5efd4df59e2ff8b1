import type { FieldChange, ObjectChange } from '../types';
import type { Cluster } from './cluster';
import { isSentinels } from './redis-servers';
import { type SettingChange, settingChanges, settingsIn } from './settings-files';
import type { Side } from './side';
import { few, step } from './words';

const HASH = 'cdk8s-stateful/config-hash';
const TEMPLATE = 'spec.template.';

/** Settings that servers read when they start, and never restart for. */
const AT_START = /^(controller\.quorum\.bootstrap\.servers|num\.recovery\.threads\.per\.data\.dir)$/;
/** How brokers make their own topics, once. */
const OF_NEW_TOPICS =
  /^(offsets\.topic|transaction\.state\.log|share\.coordinator\.state\.topic)\.(replication\.factor|min\.isr)$/;

/** Fields of the pod template that changed. */
export function templateFields({ fields }: ObjectChange): FieldChange[] {
  return fields.filter(({ path }) => path.startsWith(TEMPLATE));
}

/** Why pods of another revision are wanted, the most telling first, such as `image 3.5.33 -> 3.6.14`. */
export function reasonsFor(cluster: Cluster, change: ObjectChange): string[] {
  const fields = templateFields(change);
  const hashed = fields.some(({ path }) => path.includes(HASH));
  const own = fields
    .filter(({ path }) => !path.includes(HASH))
    .map((field) => ({ weight: weightOf(field), text: reason(field, change) }))
    .concat(hashed ? hashReasons(cluster, change).map((text) => ({ weight: 1, text })) : [])
    .sort((a, b) => a.weight - b.weight);
  return [...new Set(own.map(({ text }) => text))];
}

/** What people change by themselves comes before what follows from it. */
function weightOf({ path }: FieldChange): number {
  if (path.endsWith('.image')) return 0;
  if (path.includes('.resources.')) return 2;
  return path.includes('initContainers[gate]') ? 4 : 3;
}

/** Reasons as the end of a sentence. */
export const because = (reasons: readonly string[]): string => few(reasons, 4);

/** The field that says most of why. */
export function mainField(change: ObjectChange): FieldChange | undefined {
  const fields = templateFields(change);
  return fields.find(({ path }) => path.endsWith('.image')) ?? fields[0];
}

function reason({ path, from, to }: FieldChange, { after }: ObjectChange): string {
  const field = path
    .slice(TEMPLATE.length)
    .replace(/^(spec|metadata)\./, '')
    .replace(/^containers\[[^\]]*\]\./, '');
  const properties = /env\[PROPERTIES\]/.test(field);
  if (properties && typeof from === 'string' && typeof to === 'string') {
    const name = after?.metadata.name ?? '';
    // Each broker has its own name in them, and brokers that change alike are told of together.
    const [old, now] = [from, to].map((text) =>
      settingsIn('', text.replaceAll(name, name.replace(/\d+$/, '{id}'))),
    );
    return few(settingReasons(settingChanges(old, now)), 3);
  }
  const words = field.replace(/env\[([^\]]+)\](\.value)?$/, '$1').replace(/^resources\./, '');
  return `${words} ${step(from, to)}`;
}

/** Settings in files that servers read when they start. */
function hashReasons(cluster: Cluster, change: ObjectChange): string[] {
  const changes = restartedFor(cluster, change);
  const { was, is } = cluster;
  if (changes.length > 0)
    return cluster.system === 'redis' ? moved(changes, was, is) : settingReasons(changes);
  const logging = was.files['log4j.properties'] !== is.files['log4j.properties'];
  return [
    logging ? 'log4j.properties, which servers read when they start' : 'what servers read when they start',
  ];
}

/** Settings of Redis that stand in the other file on the other side are neither new nor gone. */
function moved(changes: readonly SettingChange[], was: Side, is: Side): string[] {
  const isLive = (side: Side, key: string) => key in side.read('live.conf');
  return changes.map((change) => {
    const { key, from, to } = change;
    if (to === undefined && isLive(is, key)) return `${key} is set while servers run from now on`;
    if (from === undefined && isLive(was, key)) return `${key} takes a restart from now on`;
    return settingReasons([change])[0];
  });
}

function restartedFor(cluster: Cluster, change: ObjectChange): SettingChange[] {
  const file = fileOf(cluster, change);
  const all = fileChanges(cluster, file);
  const brokers = file === 'broker.properties';
  return all.filter(({ key }) => !isForLater(key, brokers));
}

/** Whether a setting of a Kafka server brings nobody to restart. */
export function isForLater(key: string, brokers: boolean): boolean {
  return AT_START.test(key) || OF_NEW_TOPICS.test(key) || (brokers && key === 'default.replication.factor');
}

/** Settings of a file of the cluster's ConfigMap that changed. */
export function fileChanges({ was, is }: Cluster, file: string): SettingChange[] {
  return settingChanges(was.read(file), is.read(file));
}

function fileOf({ system, name, is }: Cluster, { after }: ObjectChange): string {
  if (system === 'zookeeper') return 'zoo.cfg';
  if (system === 'etcd') return 'etcd.yaml';
  if (system === 'redis') return isSentinels(is, after?.metadata.name ?? '') ? 'sentinel.conf' : 'redis.conf';
  if (after?.metadata.name === `${name}-controller`) return 'controller.properties';
  return is.files['combined.properties'] ? 'combined.properties' : 'broker.properties';
}

function settingReasons(changes: readonly SettingChange[]): string[] {
  return changes.map(({ key, from, to }) => `${key} ${step(from, to)}`);
}
