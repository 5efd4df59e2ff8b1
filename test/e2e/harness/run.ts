import type { Chart } from 'cdk8s';
import type { EnvironmentProps } from '../../../lib';
import { absentIsUndefined, type Cluster, type Manifest, nameOf, reasonOf, statusOf } from './cluster';
import { stateOf } from './state';
import { synthesize } from './synthesize';
import { eventually, missing, SECOND } from './wait';

/** Label of the namespaces that the suite has made. */
export const OWN_LABEL = 'cdk8s-stateful.test/case';

/** One case while it runs: its namespaces, and what has to be undone after it. */
export class Run {
  readonly namespace: string;
  private readonly namespaces: string[] = [];
  private readonly undoings: (() => Promise<void>)[] = [];

  constructor(
    readonly cluster: Cluster,
    readonly name: string,
  ) {
    this.namespace = `e2e-${name}`;
  }

  /** Renders what `build` puts into a chart and applies it to a namespace, which is made where it is missing. */
  async deploy(
    namespace: string,
    build: (chart: Chart) => void,
    place?: Partial<EnvironmentProps>,
  ): Promise<Manifest[]> {
    const manifests = synthesize(namespace, build, place);
    await this.ensureNamespace(namespace);
    return this.apply(manifests);
  }

  /** Applies objects one after the other and gives them as they are stored. */
  async apply(manifests: readonly Manifest[]): Promise<Manifest[]> {
    const applied: Manifest[] = [];
    for (const manifest of manifests) {
      try {
        applied.push(await this.cluster.apply(manifest));
      } catch (error) {
        throw new Error(`${manifest.kind} ${manifest.metadata.name}: ${reasonOf(error)}`, { cause: error });
      }
    }
    return applied;
  }

  /** Waits for a condition in the case's namespace; on failure the error tells what is going on there. */
  waitFor<T>(what: string, deadlineSeconds: number, condition: () => Promise<T>): Promise<T> {
    return eventually(what, deadlineSeconds * SECOND, condition, () => stateOf(this.cluster, this.namespace));
  }

  /**
   * Fails the case.
   * @throws Error with the message and what is going on in the namespace
   */
  async fail(message: string): Promise<never> {
    throw new Error(`${message}\n${await stateOf(this.cluster, this.namespace)}`);
  }

  /** Something to do when the case is over, however it ends; the last first. */
  onEnd(undo: () => Promise<void>): void {
    this.undoings.push(undo);
  }

  /** Undoes faults, which must not wait for the clean-up; each of them, even where one cannot be undone. */
  async undo(): Promise<void> {
    const problems: unknown[] = [];
    for (const undo of this.undoings.splice(0).reverse()) await undo().catch((error) => problems.push(error));
    if (problems.length > 0)
      throw new AggregateError(problems, `${this.name}: faults were not undone: ${problems}`);
  }

  /** Deletes the namespaces and waits until nothing of them is left, volumes included. */
  async cleanUp(): Promise<void> {
    await Promise.all(this.namespaces.splice(0).map((namespace) => removeNamespace(this.cluster, namespace)));
  }

  /** Makes a namespace of this case, in place of what a run that was killed may have left under its name. */
  async ensureNamespace(name = this.namespace): Promise<void> {
    if (this.namespaces.includes(name)) return;
    const { core } = this.cluster;
    const old = await absentIsUndefined(core.readNamespace({ name }));
    if (old && !old.metadata?.labels?.[OWN_LABEL])
      throw new Error(`namespace ${name} exists and is not of this suite`);
    if (old) await removeNamespace(this.cluster, name);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', [OWN_LABEL]: this.name };
    await core.createNamespace({ body: { metadata: { name, labels } } });
    this.namespaces.push(name);
    await eventually(`service account of ${name}`, 30 * SECOND, () =>
      core.readNamespacedServiceAccount({ name: 'default', namespace: name }),
    );
  }
}

async function removeNamespace(cluster: Cluster, name: string): Promise<void> {
  const { core } = cluster;
  await core.deleteNamespace({ name }).catch((error) => {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  });
  await eventually(`removal of ${name}`, 120 * SECOND, async () => {
    // Nobody waits for a farewell any more; a second delete shortens the first one's grace.
    await absentIsUndefined(core.deleteCollectionNamespacedPod({ namespace: name, gracePeriodSeconds: 1 }));
    if (await absentIsUndefined(core.readNamespace({ name }))) missing('the namespace is still there');
    const { items } = await core.listPersistentVolume();
    const left = items.filter((volume) => volume.spec?.claimRef?.namespace === name).map(nameOf);
    if (left.length > 0) missing(`volumes are still there: ${left.join(', ')}`);
  });
}
