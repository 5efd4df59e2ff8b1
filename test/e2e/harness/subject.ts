import { podNames } from '../faults/pods';
import { stewardOf } from '../faults/steward';
import type { Manifest } from './cluster';
import type { Run } from './run';
import { missing } from './wait';

/** What the ConfigMap of a steward says. */
export interface Status {
  readonly phase: string;
  readonly doing: string;
  readonly todo: string;
  readonly members: string;
}

/** The cluster of a case, whatever the system. */
export abstract class Subject {
  /** What was applied last, as it was stored. */
  applied: Manifest[] = [];

  /** `members` selects the pods of its servers. */
  constructor(
    readonly run: Run,
    readonly name: string,
    readonly members: string,
  ) {}

  /** What the steward has written of it. */
  async status(): Promise<Status> {
    const metadata = { namespace: this.run.namespace, name: `${this.name}-status` };
    const status = await this.run.cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    return { phase: '', doing: '', todo: '', members: '', ...status?.data };
  }

  /** Waits until the status says something in `phase: doing`, or in what is to do. */
  async says(pattern: { doing?: RegExp; todo?: RegExp }, deadlineSeconds = 120): Promise<Status> {
    const { doing = /./, todo = /./ } = pattern;
    return this.run.waitFor(
      `a status of "${doing.source}", to do: "${todo.source}"`,
      deadlineSeconds,
      async () => {
        const status = await this.status();
        const text = `${status.phase}: ${status.doing}`;
        if (!doing.test(text) || !todo.test(status.todo)) missing(`${text}; to do: ${status.todo}`);
        return status;
      },
    );
  }

  /** Deletes every object that was rendered, and waits until nothing of it runs any more. */
  async uninstall(deadlineSeconds = 90): Promise<void> {
    const { run, applied, members, name } = this;
    const own = applied.filter(
      (manifest) => manifest.metadata.labels?.['app.kubernetes.io/managed-by'] === 'cdk8s-stateful',
    );
    for (const manifest of [...own].reverse()) await run.cluster.delete(manifest);
    await run.waitFor('members and steward gone', deadlineSeconds, async () => {
      const left = [...(await podNames(run, members)), ...(await podNames(run, stewardOf(name)))];
      if (left.length > 0) missing(`${left} are left`);
    });
  }

  /** The ConfigMap that marks it as formed. */
  get formedMark(): Manifest {
    const metadata = { namespace: this.run.namespace, name: `${this.name}-formed` };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  }
}

/** Throws what is missing until the steward of a cluster says, for what was applied last, that it has settled. */
export async function expectStewardReady({ cluster, namespace }: Run, name: string): Promise<void> {
  const deployment = { namespace, name: `${name}-steward` };
  const { metadata, status } = await cluster.apps.readNamespacedDeployment(deployment);
  const { observedGeneration = 0, replicas, updatedReplicas, readyReplicas = 0 } = status ?? {};
  if (observedGeneration < (metadata?.generation ?? 0))
    missing(`Deployment ${deployment.name} is not rolled out yet`);
  if (replicas !== 1 || updatedReplicas !== 1)
    missing(`the newest pod of Deployment ${deployment.name} does not run`);
  if (readyReplicas !== 1) missing(`Deployment ${deployment.name} is not ready`);
}
