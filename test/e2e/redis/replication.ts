import { type Chart, Size } from 'cdk8s';
import { RedisReplication, type RedisReplicationProps } from '../../../lib/redis';
import { podNames } from '../faults/pods';
import { missing } from '../harness/wait';
import { addRedisWitness } from '../witness/redis/witness';
import { Deployment, NAME, SENTINELS } from './deployment';

/** A replication as small as it can be. */
export const SMALL: RedisReplicationProps = {
  replicas: 2,
  memory: Size.mebibytes(96),
  cpu: '50m',
  storage: Size.mebibytes(320),
  sentinels: { storage: Size.mebibytes(320) },
};

/** A master with its replicas, and Sentinels. */
export class Replication extends Deployment<RedisReplicationProps> {
  get props(): RedisReplicationProps {
    return { ...SMALL, ...this.options.props };
  }

  protected render(chart: Chart): void {
    addRedisWitness(chart, new RedisReplication(chart, NAME, this.props), this.options.witness);
  }

  /** Name of the one pod that says it is the master. */
  master(): Promise<string> {
    return this.run.waitFor('one master', 90, async () => {
      const masters = await this.serversAs('master');
      return masters.length === 1 ? masters[0] : missing(`masters are ${masters.join(', ') || 'nobody'}`);
    });
  }

  /** Name of the pod that most Sentinels take for the master. */
  async chosen(): Promise<string> {
    const sentinels = await podNames(this.run, SENTINELS);
    const question = `SENTINEL GET-MASTER-ADDR-BY-NAME ${NAME}`;
    const answers = await Promise.all(
      sentinels.map(async (pod) => (await this.ask(pod, question)).split('.')[0].trim()),
    );
    const votes = (pod: string) => answers.filter((answer) => answer === pod).length;
    const [most] = [...answers].sort((a, b) => votes(b) - votes(a));
    return most && votes(most) > sentinels.length / 2 ? most : '';
  }

  /** How many replicas each Sentinel knows. */
  async knownReplicas(): Promise<number[]> {
    const sentinels = await podNames(this.run, SENTINELS);
    const answers = await Promise.all(sentinels.map((pod) => this.ask(pod, `SENTINEL MASTER ${NAME}`)));
    return answers.map((answer) => Number(/^num-slaves\n(\d+)/m.exec(answer)?.[1] ?? -1));
  }

  private async ask(sentinel: string, question: string): Promise<string> {
    const script = `exec "$CLI" -p 26379 $TLS_ARGS ${question}`;
    const { cluster, namespace } = this.run;
    return cluster.exec(namespace, sentinel, ['sh', '-c', script], 'sentinel').then(
      ({ stdout }) => stdout,
      () => '',
    );
  }
}
