import type { k8s } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import type { Environment } from '../core/environment';
import { objectLabels, selectorLabels } from '../core/names';
import type { PlacementProps } from '../core/placement';
import { confirmAnnotations, keepsData } from '../core/storage';
import { RENDERED } from '../steward/settings';
import { brokerProperties, controllerProperties } from './kafka-member-config';
import type { KafkaBroker, KafkaControllers, KafkaServer } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { brokerSelector, MEMBER_LABEL } from './kafka-network';
import { dataVolumes, podTemplate, type WorkloadContext } from './kafka-pod';

/** Labels of the objects of one broker. */
export function brokerLabels({ name }: KafkaModel, id: number): Record<string, string> {
  return { ...objectLabels('kafka', name, 'broker'), [MEMBER_LABEL]: String(id) };
}

/** The StatefulSet of all controllers. */
export function controllerStatefulSet(
  model: KafkaModel,
  controllers: KafkaControllers,
  context: WorkloadContext,
): k8s.KubeStatefulSetProps {
  const labels = objectLabels('kafka', model.name, 'controller');
  const selector = selectorLabels(model.name, 'controller');
  const template = podTemplate(model, context, {
    role: 'controller',
    server: controllers,
    properties: controllerProperties(model, controllers),
    labels,
    peers: selector,
  });
  const spec: k8s.StatefulSetSpec = {
    ...common(model, controllers, selector, template),
    serviceName: controllers.headless,
    // The steward owns the number and restarts members itself, in the order that the quorum allows.
    replicas: model.steward ? undefined : controllers.count,
    ordinals: { start: controllers.ids[0] },
    minReadySeconds: 5,
  };
  // What the steward is told beside belongs to the same rendering.
  const rendered = contentHash({ spec, members: controllers.ids, founders: controllers.founders });
  const annotations = model.steward ? { [RENDERED]: rendered } : undefined;
  return { metadata: { name: controllers.set, labels, annotations }, spec };
}

/** The StatefulSet of one broker. Nothing in its template follows from the other brokers, so that none restarts for another. */
export function brokerStatefulSet(
  model: KafkaModel,
  broker: KafkaBroker,
  context: WorkloadContext,
): k8s.KubeStatefulSetProps {
  const labels = brokerLabels(model, broker.id);
  const selector = brokerSelector(model, broker.id);
  const template = podTemplate(model, context, {
    role: model.combined ? 'combined' : 'broker',
    server: { ...broker, placement: brokerPlacement(broker) },
    properties: brokerProperties(model, broker),
    id: broker.id,
    labels,
    peers: selectorLabels(model.name, 'broker'),
  });
  const spec: k8s.StatefulSetSpec = {
    ...common(model, broker, selector, template),
    serviceName: broker.set,
    // The steward takes the pod of a broker that has been emptied.
    replicas: model.steward ? undefined : 1,
  };
  const { environment } = context;
  const annotations = {
    ...(model.steward ? { [RENDERED]: contentHash(spec) } : syncWave(model, broker, environment)),
    ...guardOf(broker, environment),
  };
  return { metadata: { name: broker.set, labels, annotations }, spec };
}

/** What keeps a broker's objects from going before it has been emptied. */
export function guardOf(broker: KafkaBroker, environment: Environment): Record<string, string> {
  return keepsData(broker.volumes) ? confirmAnnotations(environment) : {};
}

function common(
  model: KafkaModel,
  server: KafkaServer,
  selector: Record<string, string>,
  template: k8s.PodTemplateSpec,
): Omit<k8s.StatefulSetSpec, 'serviceName'> {
  const claims = dataVolumes(server, selector).flatMap((volume) =>
    volume.template ? [volume.template] : [],
  );
  return {
    podManagementPolicy: 'Parallel',
    revisionHistoryLimit: 10,
    updateStrategy: { type: model.steward ? 'OnDelete' : 'RollingUpdate' },
    persistentVolumeClaimRetentionPolicy:
      claims.length > 0 ? { whenDeleted: 'Retain', whenScaled: 'Retain' } : undefined,
    selector: { matchLabels: selector },
    template,
    volumeClaimTemplates: claims.length > 0 ? claims : undefined,
  };
}

/** Bound to its zone, which its volume and its `broker.rack` are, too. */
function brokerPlacement({ placement, zone }: KafkaBroker): PlacementProps {
  if (zone === undefined) return placement;
  const nodeSelector = { ...placement.nodeSelector, 'topology.kubernetes.io/zone': zone };
  return { ...placement, spread: 'none', nodeSelector };
}

/** One broker after the other, where nobody else keeps an order and Argo CD can. */
function syncWave(
  { brokers }: KafkaModel,
  { id }: KafkaBroker,
  { props }: Environment,
): Record<string, string> {
  if (props.gitops === 'flux') return {};
  const wave = brokers.findIndex((broker) => broker.id === id) + 1;
  return { 'argocd.argoproj.io/sync-wave': String(wave) };
}
