import { ApiObject, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { account } from '../core/account';
import { contentHash } from '../core/content-hash';
import { pullSecrets } from '../core/images';
import { type SelectorLabels, selectorLabels } from '../core/names';
import { programMount, programVolume, runProgram } from '../core/programs';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from '../core/security';
import { SelectablePods } from '../core/selectable-pods';
import { resourcesOf } from './redis-pod';
import { leaseName, TWEMPROXY_PATHS as PATHS } from './twemproxy/settings';
import { twemproxyLabels, twemproxySettings } from './twemproxy-config';
import type { TwemproxyModel } from './twemproxy-model';
import { reshardPolicy } from './twemproxy-network';
import {
  passwordVolume,
  TWEMPROXY_PROGRAM,
  type TwemproxyContext,
  twemproxyProgramMap,
} from './twemproxy-workload';

const MEMORY = Size.mebibytes(512);

/**
 * The Job that moves keys to where the layout has them, or notes that they are there. It runs once for each layout: its name
 * changes with all that it has, since a Job cannot. It reaches the shards as the agent of the proxies does.
 */
export class TwemproxyReshard extends SelectablePods {
  readonly selectorLabels: SelectorLabels;
  protected readonly namespace: string;

  constructor(scope: Construct, id: string, model: TwemproxyModel, context: TwemproxyContext) {
    super(scope, id);
    this.namespace = model.namespace;
    this.selectorLabels = selectorLabels(model.name, 'reshard');
    const metadata = { name: leaseName(model.name), labels: twemproxyLabels(model, 'reshard') };
    account(this, metadata, [
      // The proxies of another layout, of which nobody knows the names.
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'delete'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [leaseName(model.name)],
        verbs: ['get', 'update'],
      },
    ]);
    const policy = reshardPolicy(model, metadata.name);
    new ApiObject(this, 'network', k8s.KubeNetworkPolicy.manifest(policy));
    const spec = jobSpec(model, context, metadata);
    const name = `${metadata.name}-${contentHash(spec)}`;
    new ApiObject(this, 'job', k8s.KubeJob.manifest({ metadata: { ...metadata, name }, spec }));
  }
}

function jobSpec(
  model: TwemproxyModel,
  { environment, images, credentials }: TwemproxyContext,
  { name, labels }: { readonly name: string; readonly labels: Record<string, string> },
): k8s.JobSpec {
  return {
    // It tries again by itself, and goes on where it was.
    backoffLimit: 20,
    template: {
      metadata: { labels },
      spec: {
        ...podBasics,
        restartPolicy: 'OnFailure',
        serviceAccountName: name,
        automountServiceAccountToken: true,
        imagePullSecrets: pullSecrets(environment),
        securityContext: podSecurity(HELPER_USER),
        containers: [
          {
            name: 'reshard',
            image: images.node,
            command: runProgram(TWEMPROXY_PROGRAM, 'reshard'),
            env: [
              { name: 'SETTINGS', value: JSON.stringify(twemproxySettings(model)) },
              { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
            resources: resourcesOf(MEMORY, '100m'),
            securityContext: containerSecurity,
            volumeMounts: [programMount, { name: 'agent', mountPath: PATHS.agent, readOnly: true }],
          },
        ],
        volumes: [programVolume(twemproxyProgramMap(model)), passwordVolume('agent', credentials.agent)],
      },
    },
  };
}
