import { describe, expect, it } from 'vitest';
import { restrictedProblems } from './pod-security';

const restrictedContainer = {
  name: 'server',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const restrictedPod = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [restrictedContainer],
};

/** A Pod named `p` that differs from a good one in some fields of the pod, the container or its security context. */
function pod(change: { spec?: object; pod?: object; container?: object; context?: object }) {
  const container = {
    ...restrictedContainer,
    ...change.container,
    securityContext: { ...restrictedContainer.securityContext, ...change.context },
  };
  return {
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: {
      ...restrictedPod,
      securityContext: { ...restrictedPod.securityContext, ...change.pod },
      containers: [container],
      ...change.spec,
    },
  };
}

const withTemplate = (spec: object): Record<string, object> => ({
  Pod: { spec },
  PodTemplate: { template: { spec } },
  ReplicationController: { spec: { template: { spec } } },
  ReplicaSet: { spec: { template: { spec } } },
  Deployment: { spec: { template: { spec } } },
  StatefulSet: { spec: { template: { spec } } },
  DaemonSet: { spec: { template: { spec } } },
  Job: { spec: { template: { spec } } },
  CronJob: { spec: { jobTemplate: { spec: { template: { spec } } } } },
});

describe('restrictedProblems', () => {
  it.each(Object.keys(withTemplate({})))('finds the pod template of a %s', (kind) => {
    const manifest = (spec: object) => ({ kind, metadata: { name: 'x' }, ...withTemplate(spec)[kind] });
    expect(restrictedProblems(manifest(restrictedPod))).toEqual([]);
    expect(restrictedProblems(manifest({ ...restrictedPod, hostPID: true }))).toEqual([
      `${kind} x: hostPID must not be true`,
    ]);
  });

  it('has nothing to say about a kind without pods', () => {
    expect(
      restrictedProblems({ kind: 'ConfigMap', metadata: { name: 'x' }, data: { hostPID: 'true' } }),
    ).toEqual([]);
  });

  it('names everything a bare pod lacks', () => {
    expect(
      restrictedProblems({
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { initContainers: [{ name: 'i' }], containers: [] },
      }),
    ).toEqual([
      'Pod p: initContainers[i]: allowPrivilegeEscalation must be false',
      'Pod p: initContainers[i]: capabilities.drop must contain ALL',
      'Pod p: initContainers[i]: runAsNonRoot must be true here or for the pod',
      'Pod p: initContainers[i]: seccompProfile.type must be set here or for the pod',
    ]);
  });

  it('takes runAsNonRoot and seccomp from the container when the pod has none', () => {
    expect(
      restrictedProblems(
        pod({
          pod: { runAsNonRoot: undefined, seccompProfile: undefined },
          context: restrictedPod.securityContext,
        }),
      ),
    ).toEqual([]);
  });

  it.each([
    [{ spec: { hostNetwork: true } }, 'hostNetwork must not be true'],
    [{ spec: { hostIPC: true } }, 'hostIPC must not be true'],
    [
      { spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } },
      'volume v: type hostPath is not allowed',
    ],
    [{ spec: { volumes: [{ name: 'v', nfs: {} }] } }, 'volume v: type nfs is not allowed'],
    [{ pod: { sysctls: [{ name: 'vm.max_map_count' }] } }, 'sysctl vm.max_map_count is not allowed'],
    [{ pod: { runAsUser: 0 } }, 'pod: runAsUser must not be 0'],
    [{ pod: { runAsNonRoot: false } }, 'pod: runAsNonRoot must not be false'],
    [
      { pod: { seccompProfile: { type: 'Unconfined' } } },
      'pod: seccompProfile.type must be RuntimeDefault or Localhost',
    ],
    [{ pod: { seLinuxOptions: { type: 'spc_t' } } }, 'pod: seLinuxOptions.type spc_t is not allowed'],
    [{ pod: { seLinuxOptions: { user: 'u' } } }, 'pod: seLinuxOptions must not set user or role'],
    [{ pod: { windowsOptions: { hostProcess: true } } }, 'pod: hostProcess must not be true'],
    [{ context: { runAsUser: 0 } }, 'containers[server]: runAsUser must not be 0'],
    [{ context: { runAsNonRoot: false } }, 'containers[server]: runAsNonRoot must not be false'],
    [{ context: { privileged: true } }, 'containers[server]: privileged must not be true'],
    [
      { context: { allowPrivilegeEscalation: true } },
      'containers[server]: allowPrivilegeEscalation must be false',
    ],
    [{ context: { procMount: 'Unmasked' } }, 'containers[server]: procMount must be Default'],
    [
      { context: { appArmorProfile: { type: 'Unconfined' } } },
      'containers[server]: appArmorProfile.type must be RuntimeDefault or Localhost',
    ],
    [
      { context: { capabilities: { drop: ['NET_RAW'] } } },
      'containers[server]: capabilities.drop must contain ALL',
    ],
    [
      { context: { capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } } },
      'containers[server]: capability CHOWN must not be added',
    ],
    [{ container: { ports: [{ hostPort: 80 }] } }, 'containers[server]: hostPort must not be set'],
    [
      { container: { livenessProbe: { tcpSocket: { host: '10.0.0.1' } } } },
      'containers[server]: livenessProbe must not set host',
    ],
    [
      { container: { lifecycle: { preStop: { httpGet: { host: 'x' } } } } },
      'containers[server]: preStop must not set host',
    ],
  ])('refuses %j', (change, problem) => {
    expect(restrictedProblems(pod(change))).toEqual([`Pod p: ${problem}`]);
  });

  it('refuses an unconfined AppArmor annotation', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/server': 'unconfined' };
    expect(restrictedProblems({ ...pod({}), metadata: { name: 'p', annotations } })).toEqual([
      'Pod p: annotation container.apparmor.security.beta.kubernetes.io/server: unconfined is not allowed',
    ]);
  });
});
