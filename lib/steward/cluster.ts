import type { X509Certificate } from 'node:crypto';
import type { Objects } from './gather';
import { keysSince } from './keys-since';
import { type Kubernetes, KubernetesError } from './kubernetes/client';
import type {
  ConfigMap,
  CronJob,
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from './kubernetes/objects';
import { Watched } from './kubernetes/watched';
import { FORMED_KEY, formedName, KEYS_KEY, type StewardSettings, statusName } from './settings';

const SETS = '/apis/apps/v1/namespaces';
const CORE = '/api/v1/namespaces';

/** The objects of one cluster in Kubernetes: what the steward reads of them, and everything that it may do to them. */
export class Cluster {
  private readonly sets: Watched<StatefulSet>;
  private readonly pods: Watched<Pod>;
  private readonly namespace: string;
  private readonly name: string;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly settings: StewardSettings,
    hooks: { readonly onChange: () => void; readonly onTrouble: (reason: string) => void },
  ) {
    this.namespace = settings.namespace;
    this.name = settings.cluster;
    const { sets } = settings;
    this.sets = new Watched(kubernetes, `${SETS}/${this.namespace}/statefulsets`, {
      // A right to one object is a right to it by its name.
      ...(sets.length === 1
        ? { fieldSelector: `metadata.name=${sets[0]}` }
        : { labelSelector: this.selector }),
      ...hooks,
    });
    this.pods = new Watched(kubernetes, `${CORE}/${this.namespace}/pods`, {
      labelSelector: this.selector,
      ...hooks,
    });
  }

  /** The objects as they are known, or, where something depends on it, as they are now. */
  async objects(fresh: boolean): Promise<Objects> {
    const listed = (watched: Watched<StatefulSet> | Watched<Pod>) =>
      fresh || !watched.synced ? watched.list() : Promise.resolve(watched.items);
    const [, , formed] = await Promise.all([listed(this.sets), listed(this.pods), this.formed()]);
    return {
      sets: this.sets.items,
      pods: [...this.pods.items.values()],
      formed: formed !== undefined,
    };
  }

  close(): void {
    this.sets.close();
    this.pods.close();
  }

  /** Sets the number of pods, unless somebody else has changed the StatefulSet meanwhile. */
  async scale(set: string, replicas: number): Promise<void> {
    const resourceVersion = this.sets.items.get(set)?.metadata.resourceVersion;
    await this.kubernetes.patch(`${SETS}/${this.namespace}/statefulsets/${set}/scale`, {
      metadata: { resourceVersion },
      spec: { replicas },
    });
  }

  /** Ends a pod as a drain would: the budget is asked, and only this very pod is meant. That it has gone is as good. */
  async evict(pod: string, uid: string): Promise<void> {
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: pod, namespace: this.namespace },
      deleteOptions: { preconditions: { uid } },
    };
    const path = `${CORE}/${this.namespace}/pods/${pod}/eviction`;
    await this.kubernetes.create(path, eviction).catch(unless(404, 409));
  }

  /** Labels a pod, and only this very one. That it has gone is as good. */
  async label(pod: string, uid: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const path = `${CORE}/${this.namespace}/pods/${pod}`;
    // A pod of the same name with another uid is refused as invalid.
    await this.kubernetes.patch(path, { metadata: { uid, labels } }).catch(unless(404, 409, 422));
  }

  /**
   * Marks the cluster as formed, or mends the mark's owners: the StatefulSet and every claim of data. Kubernetes removes
   * the mark when the last of them is gone, so that it neither outlives the data nor is forgotten before.
   */
  async keepFormed(): Promise<void> {
    const [mark, owners] = [await this.formed(), await this.owners()];
    if (!mark) {
      const metadata = { name: formedName(this.name), labels: this.settings.labels, ownerReferences: owners };
      const data = { [FORMED_KEY]: new Date().toISOString() };
      await this.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
      return;
    }
    const uids = (references: readonly OwnerReference[] = []) =>
      references
        .map(({ uid }) => uid)
        .sort()
        .join();
    if (uids(mark.metadata.ownerReferences) === uids(owners)) return;
    await this.kubernetes.patch(this.configMap(formedName(this.name)), {
      metadata: { ownerReferences: owners, resourceVersion: mark.metadata.resourceVersion },
    });
  }

  /** When a CronJob has last succeeded, or was made if it never has; undefined: there is none. */
  async lastSuccess(cronJob: string): Promise<Date | undefined> {
    const path = `/apis/batch/v1/namespaces/${this.namespace}/cronjobs/${cronJob}`;
    const found = await this.kubernetes.get<CronJob>(path);
    const time = found?.status?.lastSuccessfulTime ?? found?.metadata.creationTimestamp;
    return time === undefined ? undefined : new Date(time);
  }

  /**
   * Since when the certificates that servers read at their start only are what they are; undefined where there are none.
   * What they are is written down beside the status, so that the next steward sees whether they have changed.
   */
  async keysSince(certificates: readonly X509Certificate[]): Promise<Date | undefined> {
    if (certificates.length === 0) return undefined;
    const status = await this.kubernetes.get<ConfigMap>(this.configMap(statusName(this.name)));
    const { since, news } = keysSince(certificates, status?.data?.[KEYS_KEY]);
    if (news) await this.writeStatus({ [KEYS_KEY]: news });
    return since;
  }

  /** Tells how the cluster is. */
  async writeStatus(data: Readonly<Record<string, string>>): Promise<void> {
    const name = statusName(this.name);
    try {
      await this.kubernetes.patch(this.configMap(name), { data });
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.status !== 404) throw error;
      const metadata = { name, labels: this.settings.labels, ownerReferences: this.owner() };
      await this.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    }
  }

  /** Tells what was done or what is in the way, where `kubectl describe statefulset` shows it. */
  async event(type: 'Normal' | 'Warning', reason: string, message: string): Promise<void> {
    const time = new Date().toISOString();
    const { namespace, name } = this;
    const [set] = this.settings.sets;
    const uid = this.sets.items.get(set)?.metadata.uid;
    await this.kubernetes.create(`${CORE}/${namespace}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: set, uid },
      reason,
      type,
      message: message.slice(0, 1_000),
      source: { component: 'cdk8s-stateful-steward' },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  }

  /** What the cluster's own objects go with; nothing while it is not known. */
  owner(): OwnerReference[] {
    const set = this.sets.items.get(this.settings.sets[0]);
    return set ? [ownerOf('apps/v1', 'StatefulSet', set)] : [];
  }

  private get selector(): string {
    return Object.entries(this.settings.selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
  }

  private formed(): Promise<ConfigMap | undefined> {
    return this.kubernetes.get<ConfigMap>(this.configMap(formedName(this.name)));
  }

  private async owners(): Promise<OwnerReference[]> {
    // A volume that several share outlives every object that the steward could name.
    if (this.settings.data !== 'claims') return [];
    const path = `${CORE}/${this.namespace}/persistentvolumeclaims?labelSelector=${encodeURIComponent(this.selector)}`;
    const claims = await this.kubernetes.get<{ items: PersistentVolumeClaim[] }>(path);
    return [
      ...this.owner(),
      ...(claims?.items ?? [])
        .filter(({ metadata }) => !metadata.deletionTimestamp)
        .map((claim) => ownerOf('v1', 'PersistentVolumeClaim', claim)),
    ];
  }

  private configMap(name: string): string {
    return `${CORE}/${this.namespace}/configmaps/${name}`;
  }

  /** Creates an object; that somebody was faster is as good. */
  private async create(resource: string, body: unknown): Promise<void> {
    await this.kubernetes.create(`${CORE}/${this.namespace}/${resource}`, body).catch(unless(409));
  }
}

/** Passes over an answer of the API server with one of these statuses. */
function unless(...statuses: number[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof KubernetesError) || !statuses.includes(error.status)) throw error;
  };
}

function ownerOf(
  apiVersion: string,
  kind: string,
  { metadata }: { metadata: { name: string; uid?: string } },
): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}
