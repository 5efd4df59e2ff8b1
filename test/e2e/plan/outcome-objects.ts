import type { Manifest } from '../../../lib/plan/types';
import { container, patched } from '../../plan/objects';
import { OUTCOME } from './pod-tally';

/** Says whether its volume has been used before, and ends at once when it is told to. */
const PROGRAM = `trap 'exit 0' TERM
if [ -d /data ]; then
  if [ -e /data/mark ]; then echo found; else echo empty; fi
  touch /data/mark
fi
sleep 86400 & wait`;

/** What pods of one kind have that others have not. */
export interface PodParts {
  readonly env?: readonly object[];
  readonly volumes?: readonly { readonly name: string; readonly [source: string]: unknown }[];
  readonly fields?: object;
}

const level = (value: string) => [{ name: 'LEVEL', value }];

function podOf({ env = level('1'), volumes = [], fields = {} }: PodParts, mounts: readonly string[]): object {
  return {
    terminationGracePeriodSeconds: 10,
    automountServiceAccountToken: false,
    securityContext: { fsGroup: 1000 },
    containers: [
      {
        ...container,
        name: 'app',
        image: 'busybox:1.37',
        command: ['sh', '-c', PROGRAM],
        env,
        volumeMounts: mounts.map((name) => ({ name, mountPath: `/${name}` })),
      },
    ],
    volumes,
    ...fields,
  };
}

function workload(kind: string, outcome: string, spec: object, parts: PodParts, mounts: string[]): Manifest {
  const labels = { [OUTCOME]: outcome };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: outcome },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podOf(parts, mounts) },
      ...spec,
    },
  };
}

const namesOf = ({ volumes = [] }: PodParts) => volumes.map(({ name }) => name);

export function deployment(outcome: string, spec: object = {}, parts: PodParts = {}): Manifest {
  return workload('Deployment', outcome, { replicas: 1, ...spec }, parts, namesOf(parts));
}

export function daemonSet(outcome: string): Manifest {
  return workload('DaemonSet', outcome, {}, {}, []);
}

export function statefulSet(outcome: string, spec: object = {}, parts: PodParts = {}): Manifest {
  return workload('StatefulSet', outcome, { replicas: 1, serviceName: outcome, ...spec }, parts, []);
}

/** A StatefulSet whose members have a claim each. */
export function store(outcome: string, spec: object = {}): Manifest {
  const templates = [
    { metadata: { name: 'data', labels: { [OUTCOME]: outcome } }, spec: claimSpec('320Mi') },
  ];
  const whole = { replicas: 1, serviceName: outcome, volumeClaimTemplates: templates, ...spec };
  return workload('StatefulSet', outcome, whole, {}, ['data']);
}

function claimSpec(storage: string): object {
  return { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } };
}

export function claim(outcome: string, storage = '320Mi'): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: outcome, labels: { [OUTCOME]: outcome } },
    spec: claimSpec(storage),
  };
}

/** What lets pods use the claim of their outcome. */
export function ofClaim(outcome: string): PodParts {
  return { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: outcome } }] };
}

export function pod(outcome: string, parts: PodParts = {}): Manifest {
  const metadata = { name: outcome, labels: { [OUTCOME]: outcome } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: podOf(parts, namesOf(parts)) };
}

export function service(outcome: string): Manifest {
  const spec = { selector: { [OUTCOME]: outcome }, ports: [{ port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: outcome }, spec };
}

export function configMap(outcome: string, data: object): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: outcome }, data };
}

export function secret(outcome: string): Manifest {
  const metadata = { name: outcome };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: 'correct horse' } };
}

export function account(outcome: string): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: outcome } };
}

/** A variable from a key of the outcome's ConfigMap or Secret. */
export function variable(
  name: string,
  source: 'configMapKeyRef' | 'secretKeyRef',
  outcome: string,
): PodParts {
  const key = name.toLowerCase();
  return { env: [{ name, valueFrom: { [source]: { name: outcome, key } } }] };
}

/** A workload whose pods get another variable. */
export function newer(manifest: Manifest): Manifest {
  const [only] = manifest.spec.template.spec.containers;
  return patched(manifest, { spec: { template: { spec: { containers: [{ ...only, env: level('2') }] } } } });
}
