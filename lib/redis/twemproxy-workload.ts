import { k8s } from 'cdk8s-plus-27';
import type { CredentialsReference } from '../core/credentials';
import type { Environment } from '../core/environment';
import { pullSecrets } from '../core/images';
import { merge } from '../core/merge';
import { selectorLabels } from '../core/names';
import { type PlacementProps, renderPlacement } from '../core/placement';
import { helperResources, programMount, programVolume, runProgram } from '../core/programs';
import { containerSecurity, podBasics, podSecurity } from '../core/security';
import { resourcesOf } from './redis-pod';
import { LAYOUT_LABEL, layoutHash } from './twemproxy/layout';
import { TWEMPROXY_PATHS as PATHS, TWEMPROXY_PORTS as PORTS } from './twemproxy/settings';
import { nutcrackerArguments, poolText, twemproxyLabels, twemproxySettings } from './twemproxy-config';
import type { TwemproxyModel } from './twemproxy-model';

const { IntOrString, Quantity } = k8s;

/** File with the programs beside a proxy. */
export const TWEMPROXY_PROGRAM = 'redis-twemproxy.js';

/** ConfigMap with it. */
export const twemproxyProgramMap = ({ name }: Pick<TwemproxyModel, 'name'>): string => `${name}-program`;

/** User of the image's files; any but root would do. */
const USER = 65534;
/** Seconds in which Services forget a proxy that stops; it has no way of its own to see its clients off. */
const DRAIN = 10;

/** What a proxy needs from the objects around it. */
export interface TwemproxyContext {
  readonly environment: Environment;
  readonly images: { readonly proxy: string; readonly node: string };
  /** Password of clients, and that of the programs beside a proxy. */
  readonly credentials: { readonly password: CredentialsReference; readonly agent: CredentialsReference };
}

/** The Deployment of the proxies. */
export function proxyDeployment(model: TwemproxyModel, context: TwemproxyContext): k8s.KubeDeploymentProps {
  const { name, replicas, props } = model;
  const labels = twemproxyLabels(model, 'proxy');
  const selector = selectorLabels(name, 'proxy');
  const template: k8s.PodTemplateSpec = {
    // Whoever moves keys ends the proxies that have another layout.
    metadata: { labels: { ...labels, [LAYOUT_LABEL]: layoutHash(model.layout) } },
    spec: proxyPod(model, context, selector),
  };
  return {
    metadata: { name, labels },
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      // New ones of a store wait until keys have been moved, for which a day should do.
      progressDeadlineSeconds: 86_400,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: IntOrString.fromNumber(1), maxUnavailable: IntOrString.fromNumber(0) },
      },
      selector: { matchLabels: selector },
      template: props.podOverrides ? merge(template, props.podOverrides) : template,
    },
  };
}

/** Two at a time would halve what a pair can carry; one may always go. */
export function proxyBudget(model: TwemproxyModel): k8s.KubePodDisruptionBudgetProps | undefined {
  if (model.replicas < 2) return undefined;
  return {
    metadata: { name: model.name, labels: twemproxyLabels(model, 'proxy') },
    spec: {
      maxUnavailable: IntOrString.fromNumber(1),
      selector: { matchLabels: selectorLabels(model.name, 'proxy') },
      // A proxy that is not ready carries nothing, and would block the drain that might mend it.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

function proxyPod(
  model: TwemproxyModel,
  { environment, images, credentials }: TwemproxyContext,
  selector: Record<string, string>,
): k8s.PodSpec {
  const run = (readOnly: boolean): k8s.VolumeMount => ({ name: 'run', mountPath: PATHS.run, readOnly });
  const secrets = (['password', 'agent'] as const).map((use) => ({
    mount: { name: use, mountPath: PATHS[use], readOnly: true },
    volume: passwordVolume(use, credentials[use]),
  }));
  const program = {
    image: images.node,
    securityContext: containerSecurity,
    env: [
      // That a shard has left is nothing to start anew for.
      { name: 'SETTINGS', value: JSON.stringify({ ...twemproxySettings(model), leaving: [] }) },
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ],
  };
  const mounts = [programMount, ...secrets.map(({ mount }) => mount)];
  return {
    ...podBasics,
    imagePullSecrets: pullSecrets(environment),
    securityContext: podSecurity(USER),
    terminationGracePeriodSeconds: DRAIN + 5,
    ...renderPlacement(environment, placementOf(model), selector),
    initContainers: [
      {
        name: 'configure',
        ...program,
        command: runProgram(TWEMPROXY_PROGRAM, 'configure'),
        env: [...program.env, { name: 'POOL', value: poolText(model) }],
        resources: helperResources('96Mi'),
        volumeMounts: [...mounts, run(false)],
      },
    ],
    containers: [
      proxyContainer(model, images.proxy, run(true)),
      {
        name: 'agent',
        ...program,
        command: runProgram(TWEMPROXY_PROGRAM, 'agent'),
        ports: [{ name: 'metrics', containerPort: PORTS.metrics }],
        resources: helperResources('96Mi'),
        livenessProbe: {
          httpGet: { path: '/healthz', port: IntOrString.fromString('metrics') },
          periodSeconds: 20,
          timeoutSeconds: 5,
          failureThreshold: 3,
        },
        volumeMounts: [...mounts, run(true)],
      },
    ],
    volumes: [
      programVolume(twemproxyProgramMap(model)),
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: Quantity.fromString('1Mi') } },
      { name: 'tmp', emptyDir: { sizeLimit: Quantity.fromString('1Mi') } },
      ...secrets.map(({ volume }) => volume),
    ],
  };
}

function proxyContainer(model: TwemproxyModel, image: string, run: k8s.VolumeMount): k8s.Container {
  return {
    name: 'proxy',
    image,
    // By itself it would be process 1, for which the signals that it does not handle, SIGTERM among them, mean nothing.
    command: ['/usr/bin/tini', '--', 'nutcracker', ...nutcrackerArguments(model)],
    ports: [{ name: 'redis', containerPort: PORTS.clients }],
    resources: resourcesOf(model.memory, model.cpu),
    securityContext: containerSecurity,
    lifecycle: { preStop: { exec: { command: ['sleep', String(DRAIN)] } } },
    // The kernel takes connections for it until there are too many that it does not take from there.
    livenessProbe: {
      tcpSocket: { port: IntOrString.fromString('redis') },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    // The agent asks each shard through the proxy.
    readinessProbe: {
      httpGet: { path: '/readyz', port: IntOrString.fromNumber(PORTS.metrics) },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 3,
    },
    volumeMounts: [run, { name: 'tmp', mountPath: '/tmp' }],
  };
}

/** A volume with a password as the file `password`. */
export function passwordVolume(name: string, { secretName, passwordKey }: CredentialsReference): k8s.Volume {
  const items = [{ key: passwordKey, path: 'password' }];
  return { name, secret: { secretName, items, defaultMode: 0o440 } };
}

/** New proxies come before old ones go, which on as few nodes as there are proxies takes two on one. */
function placementOf({ props, layout }: TwemproxyModel): PlacementProps {
  const placement: PlacementProps = { hostAntiAffinity: 'preferred', ...props.placement };
  if (layout.hash !== 'fnv1a_64') return placement;
  return { ...placement, nodeSelector: { 'kubernetes.io/arch': 'amd64', ...placement.nodeSelector } };
}
