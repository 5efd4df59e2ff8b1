import { k8s } from 'cdk8s-plus-27';
import type { CredentialsReference } from '../core/credentials';
import type { Environment } from '../core/environment';
import { pullSecrets } from '../core/images';
import { helperResources, programMount, programVolume, runProgram } from '../core/programs';
import { quantityOf } from '../core/quantity';
import { containerSecurity, podBasics, podSecurity } from '../core/security';
import { type RenderedVolume, renderStorage, type VolumeModel } from '../core/storage';
import { formedName } from '../steward/settings';
import { REDIS_GATE_PATHS as PATHS } from './gate/settings';
import { configMap, PROGRAM, programMap, scriptsMap } from './redis-files';
import type { RedisModel } from './redis-model';
import { PORTS, SECRETS } from './redis-names';

const { Quantity } = k8s;

/** What pods need from the objects around them. */
export interface RedisContext {
  readonly environment: Environment;
  /** Labels of the objects of servers. */
  readonly labels: Record<string, string>;
  readonly images: {
    readonly server: string;
    readonly node: string;
    /** Undefined: there is none. */
    readonly exporter?: string;
    /** rclone, as restores and as backups run it. */
    readonly restore?: string;
    readonly backup?: string;
  };
  /** Secret with the keys of the servers' certificate. */
  readonly tlsSecret?: string;
  readonly credentials: {
    readonly steward: CredentialsReference;
    readonly internal: CredentialsReference;
    readonly backup?: CredentialsReference;
    readonly restore?: CredentialsReference;
  };
}

/** What goes before the gate where there is a backup to start from. */
export interface RestoreParts {
  readonly initContainers: readonly k8s.Container[];
  readonly volumes: readonly k8s.Volume[];
}

/** A pod, as far as servers and Sentinels differ. */
export interface RedisPodOptions {
  readonly data: VolumeModel;
  /** Role of the gate's program. */
  readonly gate: 'gate' | 'sentinel-gate';
  /** Pattern of full names, with `$(POD_NAME)` for the pod. */
  readonly host: string;
  readonly graceSeconds: number;
  readonly placement: Partial<k8s.PodSpec>;
  readonly restore?: RestoreParts;
  /** What the scripts and the server itself read of keys and passwords; the gate reads all. */
  readonly secrets: readonly ('tls' | 'internal' | 'steward')[];
  /** The container that runs for good, and those beside it. */
  readonly containers: (shared: k8s.VolumeMount[], env: k8s.EnvVar[]) => k8s.Container[];
}

const field = (name: string, fieldPath: string): k8s.EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

export const podName: k8s.EnvVar = field('POD_NAME', 'metadata.name');

/** A mount for reading. */
export function readOnly(name: string, mountPath: string): k8s.VolumeMount {
  return { name, mountPath, readOnly: true };
}

/** A password as the file `password`, and the one before it, while it is valid, as `previous-password`. */
export function passwordFiles(
  { secretName: name, passwordKey }: CredentialsReference,
  directory = '',
): k8s.VolumeProjection[] {
  const file = (key: string, path: string) => ({ key, path: `${directory}${path}` });
  return [
    { secret: { name, items: [file(passwordKey, 'password')] } },
    { secret: { name, items: [file(`previous-${passwordKey}`, 'previous-password')], optional: true } },
  ];
}

/** A volume of such files. */
export function passwordVolume(name: string, sources: k8s.VolumeProjection[]): k8s.Volume {
  return { name, projected: { sources, defaultMode: 0o440 } };
}

/** Volumes with the keys and passwords of a deployment, by what they are. */
export function secretVolumes(
  { tlsSecret, credentials }: Pick<RedisContext, 'tlsSecret' | 'credentials'>,
  ...wanted: readonly ('tls' | 'steward' | 'internal')[]
): k8s.Volume[] {
  return wanted.flatMap((name): k8s.Volume[] => {
    if (name !== 'tls') return [passwordVolume(name, passwordFiles(credentials[name]))];
    return tlsSecret ? [{ name, secret: { secretName: tlsSecret, defaultMode: 0o440 } }] : [];
  });
}

/** Where containers have these volumes. */
export function secretMounts(volumes: readonly k8s.Volume[]): k8s.VolumeMount[] {
  return volumes.map(({ name }) => readOnly(name, SECRETS[name as keyof typeof SECRETS]));
}

/** How servers and Sentinels have the volume `data`, which takes the variable POD_NAME where it is shared. */
export function dataMount(rendered: RenderedVolume): k8s.VolumeMount {
  const { subPathExpr } = rendered;
  return { name: 'data', mountPath: PATHS.data, ...(subPathExpr ? { subPathExpr } : {}) };
}

/** Requests and limits of what has one number of memory. */
export function resourcesOf(memory: RedisModel['memory'], cpu: string): k8s.ResourceRequirements {
  const quantity = Quantity.fromString(quantityOf(memory));
  return { requests: { cpu: Quantity.fromString(cpu), memory: quantity }, limits: { memory: quantity } };
}

/** The pod of a server or of a Sentinel. */
export function podSpec(model: RedisModel, context: RedisContext, options: RedisPodOptions): k8s.PodSpec {
  const own = renderStorage('data', options.data, {});
  const secrets = secretVolumes(context, 'tls', 'internal', 'steward');
  const { restore } = options;
  const data = dataMount(own);
  const env = [podName, field('POD_IP', 'status.podIP'), ...serverEnv(model, options.host)];
  const run = { name: 'run', mountPath: PATHS.run };
  const gate: k8s.Container = {
    name: 'gate',
    image: context.images.node,
    command: runProgram(PROGRAM, options.gate),
    env: env.slice(0, 2),
    ports: [{ name: 'gate', containerPort: PORTS.gate }],
    resources: helperResources(),
    securityContext: containerSecurity,
    volumeMounts: [
      data,
      ...secretMounts(secrets),
      readOnly('config', PATHS.config),
      programMount,
      readOnly('formed', PATHS.formed),
      run,
    ],
  };
  const read = secrets.filter(({ name }) => options.secrets.some((wanted) => wanted === name));
  const shared = [data, ...secretMounts(read), readOnly('scripts', '/scripts'), run];
  return {
    ...podBasics,
    terminationGracePeriodSeconds: options.graceSeconds,
    imagePullSecrets: pullSecrets(context.environment),
    securityContext: podSecurity(model.version.line.user),
    ...options.placement,
    initContainers: [...(restore?.initContainers ?? []), gate],
    containers: options.containers(shared, env),
    volumes: [
      ...(own.volume ? [own.volume] : []),
      { name: 'config', configMap: { name: configMap(model) } },
      scriptsVolume(model),
      programVolume(programMap(model)),
      { name: 'formed', configMap: { name: formedName(model.name), optional: true } },
      ...secrets,
      ...(restore?.volumes ?? []),
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: Quantity.fromString('1Mi') } },
    ],
  };
}

/** The volume with the scripts, which can be run as they are. */
export function scriptsVolume(model: RedisModel): k8s.Volume {
  return { name: 'scripts', configMap: { name: scriptsMap(model), defaultMode: 0o555 } };
}

/** What the scripts are told. */
function serverEnv({ version, tls, clientAuthentication }: RedisModel, host: string): k8s.EnvVar[] {
  const { flavor } = version.line;
  const authority = tls ? ['--tls', '--cacert', `${SECRETS.tls}/ca.crt`] : [];
  const certificate = ['--cert', `${SECRETS.tls}/tls.crt`, '--key', `${SECRETS.tls}/tls.key`];
  return Object.entries({
    HOST: host,
    SERVER: `${flavor}-server`,
    CLI: `${flavor}-cli`,
    TLS_ARGS: [...authority, ...(clientAuthentication ? certificate : [])].join(' '),
  }).map(([name, value]) => ({ name, value }));
}
