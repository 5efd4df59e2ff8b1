import type { Manifest } from '../../../lib/plan/types';
import { type Manifest as Applied, isReady } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { PodTally } from './pod-tally';

/** What an outcome does and looks at in its namespace. */
export class Scene {
  constructor(
    private readonly run: Run,
    private readonly tally: PodTally,
  ) {}

  /** Applies an object. */
  async apply(manifest: Manifest): Promise<void> {
    await this.run.apply([this.placed(manifest)]);
  }

  /** Deletes an object. */
  async delete(manifest: Manifest): Promise<void> {
    await this.run.cluster.delete(this.placed(manifest));
  }

  /** Deletes a pod that runs; by default the first one. */
  async deletePod(name = this.tally.names[0]): Promise<void> {
    await this.run.cluster.core.deleteNamespacedPod({ namespace: this.run.namespace, name });
  }

  /** Ends the program of the outcome's first pod, which the kubelet starts again. */
  async endProgram(): Promise<void> {
    const [pod] = this.tally.names;
    // The connection may end with the program.
    await this.run.cluster.exec(this.run.namespace, pod, ['kill', '1']).catch(() => undefined);
  }

  /** An object as it is stored; throws where there is none. */
  async stored(manifest: Manifest): Promise<Applied> {
    return (
      (await this.run.cluster.read(this.placed(manifest))) ??
      missing(`there is no ${manifest.kind} ${manifest.metadata.name}`)
    );
  }

  /** Throws while an object is there. */
  async absent(manifest: Manifest): Promise<void> {
    if (await this.run.cluster.read(this.placed(manifest)))
      missing(`${manifest.metadata.name} is still there`);
  }

  /** Throws unless the controller of an object has seen its newest generation, and that is this one. */
  async observed(manifest: Manifest, generation: number): Promise<Applied> {
    const stored = await this.stored(manifest);
    const { observedGeneration } = stored.status ?? {};
    if (stored.metadata.generation !== generation || observedGeneration !== generation)
      missing(`generation ${stored.metadata.generation}, observed ${observedGeneration}, not ${generation}`);
    return stored;
  }

  /** Throws unless a Service leads to this number of pods that are ready. */
  async endpoints(service: string, wanted: number): Promise<void> {
    const slices = await this.run.cluster.list('discovery.k8s.io/v1', 'EndpointSlice', this.run.namespace);
    const found = slices
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
      .flatMap(({ endpoints }) => (endpoints ?? []) as { conditions?: { ready?: boolean } }[])
      .filter(({ conditions }) => conditions?.ready !== false);
    if (found.length !== wanted) missing(`${service} leads to ${found.length} pods, not ${wanted}`);
  }

  /** Throws unless the outcome's only pod does not start for this reason. */
  async refusesToStart(reason: RegExp): Promise<void> {
    const namespace = this.run.namespace;
    const [name] = this.tally.names;
    if (name === undefined) return missing('there is no pod');
    const pod = await this.run.cluster.core.readNamespacedPod({ namespace, name });
    const { containerStatuses = [], conditions = [] } = pod.status ?? {};
    const said = [
      ...containerStatuses.map(({ state }) => `${state?.waiting?.reason}: ${state?.waiting?.message}`),
      ...conditions.map(({ message }) => message ?? ''),
      ...(await this.eventsOf(name)),
    ];
    if (isReady(pod) || !said.some((text) => reason.test(text))) missing(`${name} says ${said.join('; ')}`);
  }

  /** Throws unless an event of an object, or of one whose name begins with its name, tells this. */
  async tells(name: string, reason: RegExp): Promise<void> {
    const said = await this.eventsOf(name);
    if (!said.some((text) => reason.test(text))) missing(`events of ${name}: ${said.join('; ')}`);
  }

  /** Throws unless the first line of a pod's log is this. */
  async logs(pod: string, line: string): Promise<void> {
    const said = (await this.run.cluster.log(this.run.namespace, pod)).split('\n')[0];
    if (said !== line) missing(`${pod} says "${said}", not "${line}"`);
  }

  /** Throws unless a command in the outcome's only pod prints this. */
  async prints(command: string, wanted: string): Promise<void> {
    const [pod] = this.tally.names;
    const { stdout } = await this.run.cluster.exec(this.run.namespace, pod, ['sh', '-c', command]);
    if (stdout.trim() !== wanted) missing(`${command} prints "${stdout.trim()}", not "${wanted}"`);
  }

  private async eventsOf(name: string): Promise<string[]> {
    const { items } = await this.run.cluster.core.listNamespacedEvent({ namespace: this.run.namespace });
    return items
      .filter(({ involvedObject }) => involvedObject.name?.startsWith(name))
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  private placed(manifest: Manifest): Applied {
    return { ...manifest, metadata: { ...manifest.metadata, namespace: this.run.namespace } } as Applied;
  }
}
