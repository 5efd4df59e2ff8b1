import { type Cluster, isReady, nameOf, type Pod } from './cluster';

const LOG_LINES = 8;

/** Everything that helps to see why a case failed: likely causes first, then pods, events and logs. */
export async function stateOf(cluster: Cluster, namespace: string): Promise<string> {
  const sections = await Promise.all([
    section('likely cause', () => likelyCauses(cluster, namespace)),
    section('what the steward says', () => statuses(cluster, namespace)),
    section('pods', async () => (await cluster.pods(namespace)).map(describePod)),
    section('events', () => events(cluster, namespace)),
    section('logs', () => logs(cluster, namespace)),
  ]);
  return sections.filter(Boolean).join('\n');
}

/** What is known to keep a cluster from working, seen in the live objects. */
export async function likelyCauses(cluster: Cluster, namespace: string): Promise<string[]> {
  const causes: string[] = [];
  const { items: sets } = await cluster.apps.listNamespacedStatefulSet({ namespace });
  for (const set of sets) {
    const name = nameOf(set);
    const service = await cluster.core
      .readNamespacedService({ namespace, name: set.spec?.serviceName ?? '' })
      .catch(() => undefined);
    if (!service) causes.push(`StatefulSet ${name}: its Service ${set.spec?.serviceName} does not exist`);
    if (service && !service.spec?.publishNotReadyAddresses) {
      causes.push(
        `Service ${nameOf(service)} does not publish the addresses of pods that are not ready ` +
          '(publishNotReadyAddresses is off), so members cannot find one another before they are ready',
      );
    }
    for (const { name: container, readinessProbe } of set.spec?.template.spec?.containers ?? []) {
      if (!readinessProbe) causes.push(`StatefulSet ${name}: container ${container} has no readiness probe`);
    }
  }
  causes.push(
    ...(await unprotected(
      cluster,
      namespace,
      sets.filter((set) => (set.spec?.replicas ?? 1) > 2),
    )),
  );
  for (const pod of await cluster.pods(namespace)) causes.push(...(await podCauses(cluster, namespace, pod)));
  return causes;
}

/** What stewards have written of their clusters. */
async function statuses(cluster: Cluster, namespace: string): Promise<string[]> {
  const { items } = await cluster.core.listNamespacedConfigMap({ namespace });
  return items
    .filter((each) => nameOf(each).endsWith('-status'))
    .flatMap(({ data = {} }) =>
      Object.entries(data).flatMap(([key, text]) =>
        text.includes('\n') ? [`${key}:`, ...text.trimEnd().split('\n')] : [`${key}: ${text}`],
      ),
    );
}

async function unprotected(
  cluster: Cluster,
  namespace: string,
  sets: { metadata?: { name?: string } }[],
): Promise<string[]> {
  const budgets = await cluster.list('policy/v1', 'PodDisruptionBudget', namespace);
  return budgets.length > 0
    ? []
    : sets.map((set) => `StatefulSet ${nameOf(set)}: no PodDisruptionBudget protects its pods`);
}

async function podCauses(cluster: Cluster, namespace: string, pod: Pod): Promise<string[]> {
  const name = nameOf(pod);
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const unscheduled = conditions.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  const causes = unscheduled ? [`${name} cannot be scheduled: ${unscheduled.message}`] : [];
  for (const { name: container, state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason, message } = state?.waiting ?? {};
    if (reason && reason !== 'PodInitializing' && reason !== 'ContainerCreating')
      causes.push(`${name}/${container}: ${reason}: ${message}`);
    if (container === 'gate' && state?.running) {
      const waits = (await cluster.log(namespace, name, { container, lines: 1 })).trim();
      if (waits) causes.push(`${name} waits at its gate: ${reasonIn(waits)}`);
    }
  }
  return causes;
}

function reasonIn(line: string): string {
  try {
    return (JSON.parse(line) as { reason?: string }).reason ?? line;
  } catch {
    return line;
  }
}

function describePod(pod: Pod): string {
  const { phase, podIP, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const containers = [...initContainerStatuses, ...containerStatuses].map(
    ({ name, state, restartCount, lastState }) => {
      const now = state?.running
        ? 'running'
        : state?.waiting
          ? state.waiting.reason
          : `ended with ${state?.terminated?.exitCode}`;
      const before = lastState?.terminated
        ? `, before: ${lastState.terminated.reason} ${lastState.terminated.exitCode}`
        : '';
      return `${name} ${now} (${restartCount} restarts${before})`;
    },
  );
  const gone = pod.metadata?.deletionTimestamp ? ' being deleted' : '';
  return `${nameOf(pod)} ${phase}${isReady(pod) ? ' ready' : ''}${gone} on ${pod.spec?.nodeName ?? 'no node'} ${podIP ?? ''}: ${containers.join(', ')}`;
}

async function events(cluster: Cluster, namespace: string): Promise<string[]> {
  const { items } = await cluster.core.listNamespacedEvent({ namespace });
  const at = (event: (typeof items)[number]) =>
    Number(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? 0);
  return items
    .filter((event) => event.type !== 'Normal')
    .sort((a, b) => at(a) - at(b))
    .slice(-20)
    .map(
      ({ involvedObject, reason, message, count }) =>
        `${involvedObject.kind} ${involvedObject.name}: ${reason}: ${message} (${count ?? 1}x)`,
    );
}

async function logs(cluster: Cluster, namespace: string): Promise<string[]> {
  const lines: string[] = [];
  for (const pod of await cluster.pods(namespace)) {
    for (const { name: container } of [
      ...(pod.spec?.initContainers ?? []),
      ...(pod.spec?.containers ?? []),
    ]) {
      const text = (await cluster.log(namespace, nameOf(pod), { container, lines: LOG_LINES })).trimEnd();
      if (text)
        lines.push(`--- ${nameOf(pod)}/${container}`, ...text.split('\n').map((line) => line.slice(0, 400)));
    }
  }
  return lines;
}

async function section(title: string, lines: () => Promise<string[]>): Promise<string> {
  const found = await lines().catch((error) => [`not readable: ${(error as Error).message}`]);
  return found.length > 0 ? `${title}:\n${found.map((line) => `  ${line}`).join('\n')}` : '';
}
