/**
 * The Pod Security Standard "restricted", for every kind that carries a pod template.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/ (Linux pods)
 */

interface Container {
  readonly name?: string;
  readonly ports?: readonly { hostPort?: number }[];
  readonly securityContext?: SecurityContext;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: { postStart?: Probe; preStop?: Probe };
}
interface Probe {
  readonly httpGet?: { host?: string };
  readonly tcpSocket?: { host?: string };
}
interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly appArmorProfile?: { type?: string };
  readonly capabilities?: { add?: readonly string[]; drop?: readonly string[] };
  readonly privileged?: boolean;
  readonly procMount?: string;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seLinuxOptions?: { type?: string; user?: string; role?: string };
  readonly seccompProfile?: { type?: string };
  readonly sysctls?: readonly { name: string }[];
  readonly windowsOptions?: { hostProcess?: boolean };
}
interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly ephemeralContainers?: readonly Container[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly volumes?: readonly Record<string, unknown>[];
}
interface PodTemplate {
  readonly metadata?: { annotations?: Record<string, string> };
  readonly spec?: PodSpec;
}

const volumeTypes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const seLinuxTypes = new Set([
  undefined,
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);

/** What a namespace labelled `pod-security.kubernetes.io/enforce: restricted` refuses in `manifest`; empty when fine. */
export function restrictedProblems(manifest: unknown): string[] {
  const { kind, metadata } = (manifest ?? {}) as { kind?: string; metadata?: { name?: string } };
  const template = podTemplateOf(manifest);
  if (!template) return [];
  return [
    ...podProblems(template),
    ...containersOf(template.spec ?? {}).flatMap(([where, container]) =>
      containerProblems(where, container, template.spec ?? {}),
    ),
  ].map((problem) => `${kind} ${metadata?.name ?? '(no name)'}: ${problem}`);
}

function podTemplateOf(manifest: unknown): PodTemplate | undefined {
  const object = (manifest ?? {}) as {
    kind?: string;
    template?: PodTemplate;
    spec?: { template?: PodTemplate; jobTemplate?: { spec?: { template?: PodTemplate } } };
  };
  switch (object.kind) {
    case 'Pod':
      return object as PodTemplate;
    case 'PodTemplate':
      return object.template;
    case 'CronJob':
      return object.spec?.jobTemplate?.spec?.template;
    case 'DaemonSet':
    case 'Deployment':
    case 'Job':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'StatefulSet':
      return object.spec?.template;
    default:
      return undefined;
  }
}

function containersOf(spec: PodSpec): [where: string, container: Container][] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index): [string, Container] => [
      `${list}[${container.name ?? index}]`,
      container,
    ]),
  );
}

function podProblems({ metadata, spec = {} }: PodTemplate): string[] {
  const problems: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field]) problems.push(`${field} must not be true`);
  }
  for (const volume of spec.volumes ?? []) {
    const types = Object.keys(volume).filter((key) => key !== 'name');
    for (const type of types)
      if (!volumeTypes.has(type)) problems.push(`volume ${volume.name}: type ${type} is not allowed`);
  }
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    if (!safeSysctls.has(name)) problems.push(`sysctl ${name} is not allowed`);
  }
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    if (
      key.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
      value !== '' &&
      value !== 'runtime/default' &&
      !value.startsWith('localhost/')
    ) {
      problems.push(`annotation ${key}: ${value} is not allowed`);
    }
  }
  return [...problems, ...sharedProblems('pod', spec.securityContext)];
}

/** Rules for fields that a pod's and a container's security context both have. */
function sharedProblems(where: string, context: SecurityContext = {}): string[] {
  const problems: string[] = [];
  const { seLinuxOptions: seLinux, seccompProfile, appArmorProfile } = context;
  if (context.windowsOptions?.hostProcess) problems.push(`${where}: hostProcess must not be true`);
  if (context.runAsUser === 0) problems.push(`${where}: runAsUser must not be 0`);
  if (context.runAsNonRoot === false) problems.push(`${where}: runAsNonRoot must not be false`);
  if (!seLinuxTypes.has(seLinux?.type))
    problems.push(`${where}: seLinuxOptions.type ${seLinux?.type} is not allowed`);
  if (seLinux?.user || seLinux?.role) problems.push(`${where}: seLinuxOptions must not set user or role`);
  if (seccompProfile && !isConfined(seccompProfile.type))
    problems.push(`${where}: seccompProfile.type must be RuntimeDefault or Localhost`);
  if (appArmorProfile && !isConfined(appArmorProfile.type))
    problems.push(`${where}: appArmorProfile.type must be RuntimeDefault or Localhost`);
  return problems;
}

function isConfined(type: string | undefined): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

function containerProblems(where: string, container: Container, pod: PodSpec): string[] {
  const context = container.securityContext ?? {};
  const problems = sharedProblems(where, context);
  if (context.privileged) problems.push(`${where}: privileged must not be true`);
  if (context.allowPrivilegeEscalation !== false)
    problems.push(`${where}: allowPrivilegeEscalation must be false`);
  if (!context.capabilities?.drop?.includes('ALL'))
    problems.push(`${where}: capabilities.drop must contain ALL`);
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'NET_BIND_SERVICE')
      problems.push(`${where}: capability ${capability} must not be added`);
  }
  if (context.procMount !== undefined && context.procMount !== 'Default')
    problems.push(`${where}: procMount must be Default`);
  if ((context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === undefined)
    problems.push(`${where}: runAsNonRoot must be true here or for the pod`);
  if (!context.seccompProfile && !pod.securityContext?.seccompProfile)
    problems.push(`${where}: seccompProfile.type must be set here or for the pod`);
  if (container.ports?.some((port) => port.hostPort)) problems.push(`${where}: hostPort must not be set`);
  const handlers = {
    livenessProbe: container.livenessProbe,
    readinessProbe: container.readinessProbe,
    startupProbe: container.startupProbe,
    ...container.lifecycle,
  };
  for (const [name, handler] of Object.entries(handlers)) {
    if (handler?.httpGet?.host || handler?.tcpSocket?.host)
      problems.push(`${where}: ${name} must not set host`);
  }
  return problems;
}
