import * as o from './objects';
import { patched } from './objects';
import type { Pair } from './pair';

const spec = (fields: object) => ({ spec: fields });
const [http, admin] = o.service.spec.ports;

/** Two workloads that read the ConfigMap and the Secret, one as files, the other as variables. */
const reads = [
  patched(
    o.deployment,
    spec({
      template: {
        spec: {
          containers: [{ ...o.container, volumeMounts: [{ name: 'settings', mountPath: '/etc/app' }] }],
          volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
        },
      },
    }),
  ),
  patched(
    o.daemonSet,
    spec({
      template: {
        spec: {
          containers: [
            {
              ...o.container,
              name: 'agent',
              env: [
                { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } },
                { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
              ],
            },
          ],
        },
      },
    }),
  ),
];

/** A definition whose schema has descriptions, one of them of a field that is called description. */
const described = (of: { kind: string; teeth: string; preserve?: boolean; storage?: boolean }) =>
  patched(
    o.definition,
    spec({
      versions: [
        {
          ...o.definition.spec.versions[0],
          storage: of.storage ?? true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: of.kind,
              'x-kubernetes-preserve-unknown-fields': of.preserve ?? true,
              properties: { description: { type: 'integer', description: of.teeth } },
            },
          },
        },
      ],
    }),
  );

const withoutSettings = patched(o.deployment, spec({ template: { spec: { containers: [o.container] } } }));

/** A StatefulSet with or without the ConfigMap, whose pods nobody replaces, or whose change is refused. */
function readingSet(name: keyof typeof kept | 'fixed', reading: boolean) {
  const set = patched(o.statefulSet, { metadata: { name }, spec: name === 'fixed' ? {} : kept[name] });
  if (!reading) return name === 'fixed' ? patched(set, spec({ serviceName: 'other' })) : set;
  const env = [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }];
  return patched(set, spec({ template: { spec: { containers: [{ ...o.container, name: 'db', env }] } } }));
}

const kept = {
  sleeping: { replicas: 0 },
  partly: { updateStrategy: { rollingUpdate: { partition: 2 } } },
  'by-hand': { updateStrategy: { type: 'OnDelete' } },
};

/** Pairs of Services. */
export const servicePairs: readonly Pair[] = [
  {
    name: 'Service: headless becomes one with an address',
    before: [o.headless],
    after: [patched(o.headless, spec({ clusterIP: '10.96.211.7' }))],
    says: [
      'refused: the API server refuses the change of Service shop/db: spec.clusterIP None -> 10.96.211.7 cannot change',
    ],
  },
  {
    name: 'Service: another address',
    before: [patched(o.service, spec({ clusterIP: '10.96.211.8' }))],
    after: [patched(o.service, spec({ clusterIP: '10.96.211.9' }))],
    says: [
      'refused: the API server refuses the change of Service shop/web: spec.clusterIP 10.96.211.8 -> 10.96.211.9 cannot change',
    ],
  },
  {
    name: 'Service: an address for one that has got another',
    before: [o.service],
    after: [patched(o.service, spec({ clusterIP: 'None' }))],
    says: [
      'refused: the API server refuses the change of Service shop/web: spec.clusterIP (new: None) cannot change, unless it is the one that was handed out',
    ],
  },
  {
    name: 'Service: clusterIP is rendered no more',
    before: [o.headless],
    after: [patched(o.headless, spec({ clusterIP: null }))],
    says: ['nothing: Service shop/db keeps the address that it has, None, although it is rendered no more'],
  },
  {
    name: 'Service: the address of one that becomes a name',
    before: [o.service],
    after: [
      patched(o.service, spec({ type: 'ExternalName', externalName: 'web.example.com', selector: null })),
    ],
    says: [
      'outage: Service shop/web is of another kind: ClusterIP -> ExternalName; its clients get another address',
      'applied-live: Service shop/web leads elsewhere: spec.externalName (new: web.example.com)',
      'applied-live: Service shop/web leads to pods that are not rendered here: spec.selector (removed: {"app":"web"})',
    ],
  },
  {
    name: 'Service: ClusterIP becomes LoadBalancer, and back',
    before: [o.service, patched(o.service, { metadata: { name: 'edge' }, spec: { type: 'LoadBalancer' } })],
    after: [
      patched(o.service, spec({ type: 'LoadBalancer' })),
      patched(o.service, { metadata: { name: 'edge' } }),
    ],
    says: [
      'outage: Service shop/edge is no LoadBalancer any more, so its clients from outside are refused: LoadBalancer -> ClusterIP',
      'applied-live: Service shop/web can be reached from further away: ClusterIP -> LoadBalancer',
    ],
  },
  {
    name: 'Service: another class of load balancer',
    before: [patched(o.service, spec({ type: 'LoadBalancer', loadBalancerClass: 'example.com/a' }))],
    after: [patched(o.service, spec({ type: 'LoadBalancer', loadBalancerClass: 'example.com/b' }))],
    says: [
      'refused: the API server refuses the change of Service shop/web: spec.loadBalancerClass example.com/a -> example.com/b cannot change',
    ],
  },
  {
    name: 'Service: another family of addresses',
    before: [patched(o.service, spec({ ipFamilies: ['IPv4'] }))],
    after: [patched(o.service, spec({ ipFamilies: ['IPv6'] }))],
    says: [
      'refused: the API server refuses the change of Service shop/web: spec.ipFamilies[0] IPv4 -> IPv6 cannot change in its first place',
    ],
  },
  {
    name: 'Service: its only family of addresses is named, and is no more',
    before: [o.service, patched(o.headless, spec({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }))],
    after: [patched(o.service, spec({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })), o.headless],
    says: [
      'nothing: Service shop/db keeps the family of its address, although it is rendered no more: spec.ipFamilies (removed: ["IPv4"])',
      'nothing: Service shop/web keeps its address, provided that this is the family which it has got: spec.ipFamilies (new: ["IPv4"])',
    ],
  },
  {
    name: 'Service: two families of addresses',
    before: [o.service],
    after: [patched(o.service, spec({ ipFamilyPolicy: 'PreferDualStack' }))],
    says: [
      'applied-live: Service shop/web gets other addresses beside its first one: spec.ipFamilyPolicy SingleStack -> PreferDualStack',
    ],
  },
  {
    name: 'Service: a port less',
    before: [o.service, o.deployment],
    after: [patched(o.service, spec({ ports: [http] })), o.deployment],
    says: ['outage: clients of port 9000/TCP of Service shop/web are refused from now on'],
  },
  {
    name: 'Service: a port more, and another target',
    before: [o.service],
    after: [
      patched(
        o.service,
        spec({ ports: [{ ...http, targetPort: 8081 }, admin, { name: 'https', port: 443 }] }),
      ),
    ],
    says: [
      'applied-live: Service shop/web sends its clients to other ports: spec.ports[443/TCP] (new) and spec.ports[80/TCP].targetPort 8080 -> 8081',
    ],
  },
  {
    name: 'Service: another node port',
    before: [patched(o.service, spec({ type: 'NodePort', ports: [{ ...http, nodePort: 31980 }] }))],
    after: [patched(o.service, spec({ type: 'NodePort', ports: [{ ...http, nodePort: 31981 }] }))],
    says: [
      'outage: clients of the node port of Service shop/web are refused at the old number: spec.ports[80/TCP].nodePort 31980 -> 31981',
    ],
  },
  {
    name: 'Service: selects nothing any more',
    before: [o.service, o.deployment],
    after: [patched(o.service, spec({ selector: { app: 'wbe' } })), o.deployment],
    says: [
      'outage: Service shop/web selects no pods any more, so nobody answers its clients: spec.selector.app web -> wbe',
    ],
  },
  {
    name: 'Service: selects the pods of another workload',
    before: [o.service, o.deployment, o.statefulSet],
    after: [patched(o.service, spec({ selector: { app: 'db' } })), o.deployment, o.statefulSet],
    says: [
      'applied-live: Service shop/web leads to pods of StatefulSet shop/db: spec.selector.app web -> db',
    ],
  },
  {
    name: 'Service: does not tell of pods that are not ready any more',
    before: [patched(o.headless, spec({ publishNotReadyAddresses: true }))],
    after: [o.headless],
    says: [
      'applied-live: Service shop/db leads to no pod that is not ready any more; members that look for each other before they are ready do not find each other',
    ],
  },
  {
    name: 'Service: keeps clients with their pods',
    before: [o.service],
    after: [patched(o.service, spec({ sessionAffinity: 'ClientIP' }))],
    says: [
      'applied-live: Service shop/web passes its clients on differently from now on: spec.sessionAffinity None -> ClientIP and spec.sessionAffinityConfig (new: {"clientIP":{"timeoutSeconds":10800}})',
    ],
  },
  {
    name: 'Service: deleted',
    before: [o.service, o.deployment],
    after: [o.deployment],
    says: ['outage: Service shop/web is deleted: its name leads nowhere, and its clients fail'],
  },
];

/** Pairs of ConfigMaps, Secrets and ServiceAccounts. */
export const configurationPairs: readonly Pair[] = [
  {
    name: 'ConfigMap: other content',
    before: [o.configMap, ...reads],
    after: [patched(o.configMap, { data: { 'app.conf': 'workers 8' } }), ...reads],
    says: [
      'applied-live: ConfigMap shop/settings has other content (data[app.conf]): pods of Deployment shop/web see the new files within about a minute; pods of DaemonSet shop/agent see it when they start the next time',
    ],
  },
  {
    name: 'ConfigMap: a key less that a pod asks for',
    before: [o.configMap, ...reads],
    after: [patched(o.configMap, { data: { level: null } }), ...reads],
    says: [
      'outage: key level of ConfigMap shop/settings is gone, without which pods of DaemonSet shop/agent do not start: those that run go on until they are made anew',
      'applied-live: ConfigMap shop/settings has other content (data.level): pods of Deployment shop/web see the new files within about a minute; pods of DaemonSet shop/agent see it when they start the next time',
    ],
  },
  {
    name: 'ConfigMap: other content of an immutable one',
    before: [patched(o.configMap, { immutable: true })],
    after: [patched(o.configMap, { immutable: true, data: { level: 'debug' } })],
    says: [
      'refused: the API server refuses the change of ConfigMap shop/settings: data.level info -> debug cannot change, because it is immutable',
    ],
  },
  {
    name: 'ConfigMap: immutable no more',
    before: [patched(o.configMap, { immutable: true })],
    after: [o.configMap],
    says: [
      'refused: the API server refuses the change of ConfigMap shop/settings: immutable true -> false cannot be taken back',
    ],
  },
  {
    name: 'ConfigMap: immutable from now on',
    before: [o.configMap],
    after: [patched(o.configMap, { immutable: true })],
    says: ['applied-live: ConfigMap shop/settings becomes immutable: nobody can change it from now on'],
  },
  {
    name: 'ConfigMap: deleted, and pods need it',
    before: [o.configMap, ...reads],
    after: reads,
    says: [
      'outage: ConfigMap shop/settings is deleted, without which pods of Deployment shop/web and DaemonSet shop/agent do not start: those that run go on until they are made anew',
    ],
  },
  {
    name: 'ConfigMap: deleted, and nobody needs it',
    before: [o.configMap],
    after: [],
    says: ['applied-live: ConfigMap shop/settings is deleted; nothing that is rendered needs it'],
  },
  {
    name: 'ConfigMap: deleted, and pods that are being replaced still need it',
    before: [o.configMap, reads[0]],
    after: [withoutSettings],
    says: [
      'rolling-restart: 4 pods of Deployment shop/web are replaced, at most 1 missing and 1 more than wanted at a time: containers[web].volumeMounts[/etc/app] (removed: {"name":"settings","mountPath":"/etc/app"}) and volumes[settings] (removed)',
      'applied-live: ConfigMap shop/settings is deleted, and pods of Deployment shop/web need it until they are replaced: until then, none of the old template can restart',
    ],
  },
  {
    name: 'ConfigMap: deleted, and pods that nobody replaces still need it',
    before: [
      o.configMap,
      patched(reads[0], spec({ paused: true })),
      ...(['sleeping', 'partly', 'by-hand', 'fixed'] as const).map((name) => readingSet(name, true)),
    ],
    after: [
      patched(withoutSettings, spec({ paused: true })),
      ...(['sleeping', 'partly', 'by-hand', 'fixed'] as const).map((name) => readingSet(name, false)),
    ],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/fixed: spec.serviceName db -> other cannot change',
      'outage: ConfigMap shop/settings is deleted, and pods of Deployment shop/web that stay of the old template, because it is paused, cannot restart without it',
      'outage: ConfigMap shop/settings is deleted, and pods of StatefulSet shop/partly that stay of the old template, because its partition 2 keeps pods as they are, cannot restart without it',
      'outage: ConfigMap shop/settings is deleted, and pods of StatefulSet shop/by-hand that stay of the old template, because its update strategy is OnDelete, cannot restart without it',
      'outage: ConfigMap shop/settings is deleted, and pods of StatefulSet shop/fixed that stay of the old template, because its change is refused, cannot restart without it',
      'rolling-restart: 1 pod of StatefulSet shop/partly with an ordinal of 2 or more restarts, and no other: variable LEVEL of db (removed: taken from elsewhere)',
      'applied-live: no pod of StatefulSet shop/by-hand restarts by itself, because its update strategy is OnDelete: each takes the new template when it is deleted or evicted: variable LEVEL of db (removed: taken from elsewhere)',
      'nothing: no pod of Deployment shop/web restarts, because it is paused: containers[web].volumeMounts[/etc/app] (removed: {"name":"settings","mountPath":"/etc/app"}) and volumes[settings] (removed)',
      'nothing: no pod restarts, since StatefulSet shop/sleeping has none: variable LEVEL of db (removed: taken from elsewhere)',
    ],
  },
  {
    name: 'Secret: another password',
    before: [o.secret, ...reads],
    after: [patched(o.secret, { stringData: { password: 'battery staple' } }), ...reads],
    says: [
      'applied-live: Secret shop/login has other content (data.password): pods of DaemonSet shop/agent see it when they start the next time',
    ],
  },
  {
    name: 'Secret: another type',
    before: [o.secret],
    after: [patched(o.secret, { type: 'kubernetes.io/basic-auth' })],
    says: [
      'refused: the API server refuses the change of Secret shop/login: type Opaque -> kubernetes.io/basic-auth cannot change',
    ],
  },
  {
    name: 'Secret: immutable, another password',
    before: [patched(o.secret, { immutable: true })],
    after: [patched(o.secret, { immutable: true, stringData: { password: 'battery staple' } })],
    says: [
      'refused: the API server refuses the change of Secret shop/login: data.password (hidden) -> (hidden) cannot change, because it is immutable',
    ],
  },
  {
    name: 'Secret: deleted, and pods need it',
    before: [o.secret, ...reads],
    after: reads,
    says: [
      'outage: Secret shop/login is deleted, without which pods of DaemonSet shop/agent do not start: those that run go on until they are made anew',
    ],
  },
  {
    name: 'ServiceAccount: no token, deleted',
    before: [o.serviceAccount, patched(o.serviceAccount, { metadata: { name: 'gone' } })],
    after: [patched(o.serviceAccount, { automountServiceAccountToken: false })],
    says: [
      'applied-live: ServiceAccount shop/gone is deleted; no pod that is rendered uses it',
      'applied-live: pods that start from now on take it up from ServiceAccount shop/web: automountServiceAccountToken (new: false)',
    ],
  },
  {
    name: 'ServiceAccount: deleted, and pods need it',
    before: [
      o.serviceAccount,
      patched(o.deployment, spec({ template: { spec: { serviceAccountName: 'web' } } })),
    ],
    after: [patched(o.deployment, spec({ template: { spec: { serviceAccountName: 'web' } } }))],
    says: [
      'outage: ServiceAccount shop/web is deleted: pods of Deployment shop/web lose their rights, and no new ones are let in',
    ],
  },
];

/** Pairs of claims, volumes and their classes. */
export const storagePairs: readonly Pair[] = [
  {
    name: 'PersistentVolumeClaim: larger',
    before: [o.claim],
    after: [patched(o.claim, spec({ resources: { requests: { storage: '20Gi' } } }))],
    says: [
      'applied-live: the volume of PersistentVolumeClaim shop/data grows, if its StorageClass allows that: spec.resources.requests.storage 10Gi -> 20Gi',
    ],
    server: 'bound',
  },
  {
    name: 'PersistentVolumeClaim: smaller',
    before: [o.claim],
    after: [patched(o.claim, spec({ resources: { requests: { storage: '5Gi' } } }))],
    says: [
      'data-lost: PersistentVolumeClaim shop/data gets smaller only by being deleted and made anew, and its data goes with it',
      'refused: the API server refuses the change of PersistentVolumeClaim shop/data: spec.resources.requests.storage 10Gi -> 5Gi cannot shrink',
    ],
    server: 'bound',
  },
  {
    name: 'PersistentVolumeClaim: larger, in a class that does not let it grow',
    before: [o.storageClass, patched(o.claim, spec({ storageClassName: 'slow' }))],
    after: [
      o.storageClass,
      patched(o.claim, spec({ storageClassName: 'slow', resources: { requests: { storage: '20Gi' } } })),
    ],
    says: [
      'refused: the API server refuses the change of PersistentVolumeClaim shop/data: spec.resources.requests.storage 10Gi -> 20Gi cannot grow, because StorageClass slow does not allow it',
    ],
  },
  {
    name: 'PersistentVolumeClaim: another class',
    before: [o.claim],
    after: [patched(o.claim, spec({ storageClassName: 'fast-ssd' }))],
    says: [
      'data-lost: PersistentVolumeClaim shop/data gets another StorageClass only by being deleted and made anew, and its data goes with it',
      'refused: the API server refuses the change of PersistentVolumeClaim shop/data: spec.storageClassName standard -> fast-ssd cannot change',
    ],
  },
  {
    name: 'PersistentVolumeClaim: another class than the one that was given',
    before: [patched(o.claim, spec({ storageClassName: null }))],
    after: [patched(o.claim, spec({ storageClassName: 'fast-ssd' }))],
    says: [
      'refused: the API server refuses the change of PersistentVolumeClaim shop/data: spec.storageClassName (new: fast-ssd) cannot change, unless it is the class that it has got',
    ],
  },
  {
    name: 'PersistentVolumeClaim: other access, and a volume of its own',
    before: [o.claim],
    after: [patched(o.claim, spec({ accessModes: ['ReadWriteMany'], volumeName: 'archive' }))],
    says: [
      'refused: the API server refuses the change of PersistentVolumeClaim shop/data: spec.accessModes[0] ReadWriteOnce -> ReadWriteMany cannot change',
      'refused: the API server refuses the change of PersistentVolumeClaim shop/data: spec.volumeName (new: archive) cannot change',
    ],
    server: 'bound',
  },
  {
    name: 'PersistentVolumeClaim: deleted',
    before: [o.claim],
    after: [],
    says: [
      'data-lost: PersistentVolumeClaim shop/data is deleted, and its data with it, unless its volume is retained',
    ],
  },
  {
    name: 'PersistentVolumeClaim: rendered no more, and kept',
    before: [
      patched(o.claim, {
        metadata: { annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' } },
      }),
    ],
    after: [],
    says: [
      'nothing: PersistentVolumeClaim shop/data is rendered no more and stays, because of argocd.argoproj.io/sync-options: Prune=false',
    ],
  },
  {
    name: 'StorageClass: another provisioner and other parameters',
    before: [o.storageClass],
    after: [patched(o.storageClass, { provisioner: 'example.com/faster', parameters: { type: 'ssd' } })],
    says: [
      'refused: the API server refuses the change of StorageClass slow: parameters.type hdd -> ssd cannot change',
      'refused: the API server refuses the change of StorageClass slow: provisioner example.com/disks -> example.com/faster cannot change',
    ],
  },
  {
    name: 'StorageClass: volumes are retained from now on',
    before: [o.storageClass],
    after: [patched(o.storageClass, { reclaimPolicy: 'Retain' })],
    says: [
      'refused: the API server refuses the change of StorageClass slow: reclaimPolicy Delete -> Retain cannot change',
    ],
  },
  {
    name: 'StorageClass: volumes are made later',
    before: [o.storageClass],
    after: [patched(o.storageClass, { volumeBindingMode: 'WaitForFirstConsumer' })],
    says: [
      'refused: the API server refuses the change of StorageClass slow: volumeBindingMode Immediate -> WaitForFirstConsumer cannot change',
    ],
  },
  {
    name: 'StorageClass: volumes may grow',
    before: [o.storageClass],
    after: [patched(o.storageClass, { allowVolumeExpansion: true })],
    says: [
      'applied-live: volumes that StorageClass slow makes from now on are different, those that exist are not: allowVolumeExpansion false -> true',
    ],
  },
  {
    name: 'StorageClass: deleted, and a claim needs it',
    before: [o.storageClass, patched(o.claim, spec({ storageClassName: 'slow' }))],
    after: [patched(o.claim, spec({ storageClassName: 'slow' }))],
    says: [
      'outage: StorageClass slow is deleted: volumes that exist stay as they are, but new claims of PersistentVolumeClaim data wait for ever',
    ],
  },
  {
    name: 'PersistentVolume: another place',
    before: [o.volume],
    after: [patched(o.volume, spec({ nfs: { path: '/elsewhere' } }))],
    says: [
      'refused: the API server refuses the change of PersistentVolume archive: spec.nfs.path /archive -> /elsewhere cannot change',
    ],
  },
  {
    name: 'PersistentVolume: of blocks',
    before: [o.volume],
    after: [patched(o.volume, spec({ volumeMode: 'Block' }))],
    says: [
      'refused: the API server refuses the change of PersistentVolume archive: spec.volumeMode Filesystem -> Block cannot change',
    ],
  },
  {
    name: 'PersistentVolume: not retained any more',
    before: [o.volume],
    after: [patched(o.volume, spec({ persistentVolumeReclaimPolicy: 'Delete' }))],
    says: [
      'data-lost: from now on PersistentVolume archive is deleted with its data as soon as its claim is: spec.persistentVolumeReclaimPolicy Retain -> Delete',
    ],
  },
  {
    name: 'PersistentVolume: larger',
    before: [o.volume],
    after: [patched(o.volume, spec({ capacity: { storage: '2Gi' } }))],
    says: [
      'applied-live: PersistentVolume archive takes it up for claims that are bound from now on: spec.capacity.storage 1Gi -> 2Gi',
    ],
  },
  {
    name: 'PersistentVolume: deleted',
    before: [o.volume],
    after: [],
    says: [
      'outage: PersistentVolume archive is deleted as soon as no claim uses it; what is stored stays where it is',
    ],
  },
];

/** Pairs of everything else. */
export const otherPairs: readonly Pair[] = [
  {
    name: 'RoleBinding: another role',
    before: [o.roleBinding],
    after: [patched(o.roleBinding, { roleRef: { name: 'writer' } })],
    says: [
      'refused: the API server refuses the change of RoleBinding shop/reader: roleRef.name reader -> writer cannot change',
    ],
  },
  {
    name: 'RoleBinding: other subjects',
    before: [o.roleBinding],
    after: [
      patched(o.roleBinding, { subjects: [{ kind: 'ServiceAccount', name: 'other', namespace: 'shop' }] }),
    ],
    says: ['applied-live: RoleBinding shop/reader gives the rights to others at once: subjects'],
  },
  {
    name: 'ClusterRoleBinding: another role',
    before: [o.clusterRoleBinding],
    after: [patched(o.clusterRoleBinding, { roleRef: { name: 'edit' } })],
    says: [
      'refused: the API server refuses the change of ClusterRoleBinding watchers: roleRef.name view -> edit cannot change',
    ],
  },
  {
    name: 'Role: fewer rights',
    before: [o.role],
    after: [patched(o.role, { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] })],
    says: ['applied-live: whoever is bound to Role shop/reader has fewer rights at once: rules'],
  },
  {
    name: 'Role: deleted with its binding',
    before: [o.role, o.roleBinding],
    after: [],
    says: [
      'applied-live: Role shop/reader is deleted: whoever is bound to it loses the rights',
      'applied-live: RoleBinding shop/reader is deleted: its subjects lose the rights',
    ],
  },
  {
    name: 'PodDisruptionBudget: gone',
    before: [o.budget, o.statefulSet],
    after: [o.statefulSet],
    says: [
      'outage: PodDisruptionBudget shop/db is deleted and nothing protects the pods of StatefulSet shop/db any more: a drain may end all of them together',
    ],
  },
  {
    name: 'PodDisruptionBudget: gone with its pods',
    before: [o.budget, patched(o.deployment, spec({ template: { metadata: { labels: { app: 'db' } } } }))],
    after: [],
    says: [
      'outage: Deployment shop/web is deleted and all its pods end',
      'applied-live: PodDisruptionBudget shop/db is deleted; it leaves no pods without a budget',
    ],
    server: 'not asked',
  },
  {
    name: 'PodDisruptionBudget: for other pods',
    before: [o.budget, o.statefulSet],
    after: [patched(o.budget, spec({ selector: { matchLabels: { app: 'database' } } })), o.statefulSet],
    says: [
      'outage: PodDisruptionBudget shop/db does not protect the pods of StatefulSet shop/db any more, nor does another budget: a drain may end all of them together: spec.selector.matchLabels.app db -> database',
    ],
  },
  {
    name: 'PodDisruptionBudget: lets all go',
    before: [o.budget, o.statefulSet],
    after: [patched(o.budget, spec({ maxUnavailable: '100%' })), o.statefulSet],
    says: [
      'outage: PodDisruptionBudget shop/db protects nobody any more, a drain may end all of them together: spec.maxUnavailable 1 -> 100%',
    ],
  },
  {
    name: 'PodDisruptionBudget: lets nobody go',
    before: [o.budget, o.statefulSet],
    after: [patched(o.budget, spec({ maxUnavailable: null, minAvailable: 3 })), o.statefulSet],
    says: [
      'applied-live: PodDisruptionBudget shop/db lets no pod be evicted any more, so no node of theirs can be drained: spec.maxUnavailable (removed: 1) and spec.minAvailable (new: 3)',
    ],
  },
  {
    name: 'NetworkPolicy: other connections',
    before: [o.networkPolicy],
    after: [patched(o.networkPolicy, spec({ ingress: [{ ports: [{ port: 8081 }] }] }))],
    says: [
      'applied-live: NetworkPolicy shop/web allows other connections at once, also of pods that run: spec.ingress',
    ],
  },
  {
    name: 'NetworkPolicy: created and deleted',
    before: [o.deployment, o.networkPolicy],
    after: [o.deployment, patched(o.networkPolicy, { metadata: { name: 'web-2' } })],
    says: [
      'applied-live: NetworkPolicy shop/web is deleted: what only it allowed pods of Deployment shop/web is refused, and if no other policy selects them, everything is allowed',
      'applied-live: NetworkPolicy shop/web-2 is created: pods of Deployment shop/web let in and out only what it and other policies allow',
    ],
  },
  {
    name: 'Ingress: a host less',
    before: [o.ingress],
    after: [patched(o.ingress, spec({ rules: [o.ingress.spec.rules[0]] }))],
    says: ['outage: Ingress shop/web leads requests for admin.example.com/ nowhere any more'],
  },
  {
    name: 'Ingress: of another controller',
    before: [o.ingress],
    after: [patched(o.ingress, spec({ ingressClassName: 'other' }))],
    says: [
      "outage: Ingress shop/web is another controller's from now on, which may have another address: spec.ingressClassName nginx -> other",
    ],
  },
  {
    name: 'HorizontalPodAutoscaler: more pods',
    before: [o.autoscaler],
    after: [patched(o.autoscaler, spec({ maxReplicas: 20 }))],
    says: [
      'applied-live: HorizontalPodAutoscaler shop/web scales differently at once: spec.maxReplicas 10 -> 20',
    ],
  },
  {
    name: 'PriorityClass: another value',
    before: [o.priorityClass],
    after: [patched(o.priorityClass, { value: 2000 })],
    says: [
      'refused: the API server refuses the change of PriorityClass urgent: value 1000 -> 2000 cannot change',
    ],
  },
  {
    name: 'PriorityClass: pods of it do not push others out',
    before: [o.priorityClass],
    after: [patched(o.priorityClass, { preemptionPolicy: 'Never' })],
    says: [
      'refused: the API server refuses the change of PriorityClass urgent: preemptionPolicy PreemptLowerPriority -> Never cannot change',
    ],
  },
  {
    name: 'PriorityClass: described differently',
    before: [o.priorityClass],
    after: [patched(o.priorityClass, { description: 'what pays for the rest' })],
    says: [
      'applied-live: PriorityClass urgent is described differently: description what earns the money -> what pays for the rest',
    ],
  },
  {
    name: 'Namespace: deleted',
    before: [o.namespace],
    after: [],
    says: [
      'data-lost: Namespace shop is deleted, and everything in it: pods, Secrets and claims, also what is rendered nowhere',
    ],
    server: 'not asked',
  },
  {
    name: 'Namespace: pods are restricted',
    before: [o.namespace],
    after: [
      patched(o.namespace, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }),
    ],
    says: [
      'applied-live: pods in Namespace shop that run stay, and those that the new level forbids are refused when they are made anew: metadata.labels[pod-security.kubernetes.io/enforce] (new: restricted)',
    ],
    server: 'not asked',
  },
  {
    name: 'CustomResourceDefinition: of the whole cluster',
    before: [o.definition],
    after: [patched(o.definition, spec({ scope: 'Cluster' }))],
    says: [
      'refused: the API server refuses the change of CustomResourceDefinition widgets.plan.example.com: spec.scope Namespaced -> Cluster cannot change',
    ],
  },
  {
    name: 'CustomResourceDefinition: another schema',
    before: [o.definition],
    after: [
      patched(
        o.definition,
        spec({
          versions: [
            {
              ...o.definition.spec.versions[0],
              schema: { openAPIV3Schema: { type: 'object', properties: {} } },
            },
          ],
        }),
      ),
    ],
    says: [],
    unknown: [
      'CustomResourceDefinition widgets.plan.example.com: its schema changes, and what that does is not known here',
    ],
  },
  {
    name: 'CustomResourceDefinition: another schema, which is described differently, too, and another version',
    before: [described({ kind: 'a Widget', teeth: 'how many', preserve: true, storage: true })],
    after: [described({ kind: 'one Widget', teeth: 'how many teeth', preserve: false, storage: false })],
    says: [],
    unknown: [
      'CustomResourceDefinition widgets.plan.example.com: its schema and spec.versions[0].storage true -> false changes, and what that does is not known here',
    ],
    server: 'not asked',
  },
  {
    name: 'CustomResourceDefinition: described differently',
    before: [described({ kind: 'a Widget', teeth: 'how many' })],
    after: [described({ kind: 'one Widget', teeth: 'how many teeth' })],
    says: ['nothing: CustomResourceDefinition widgets.plan.example.com describes its fields differently'],
  },
  {
    name: 'CustomResourceDefinition: deleted',
    before: [o.definition],
    after: [],
    says: [
      'data-lost: CustomResourceDefinition widgets.plan.example.com is deleted, and with it every Widget in all namespaces',
    ],
  },
  {
    name: 'Widget: changed, created, deleted',
    before: [o.widget, patched(o.widget, { metadata: { name: 'old' } })],
    after: [patched(o.widget, spec({ teeth: 13 })), patched(o.widget, { metadata: { name: 'new' } })],
    says: [],
    unknown: [
      'Widget shop/new: it is created, and what its controller does then is not known here',
      'Widget shop/old: it is deleted, and what its controller does then is not known here',
      'Widget shop/sprocket: spec.teeth 12 -> 13 changes, and what that does is not known here',
    ],
    server: 'not asked',
  },
  {
    name: 'PodMonitor: another port',
    before: [o.monitor],
    after: [patched(o.monitor, spec({ podMetricsEndpoints: [{ port: 'http' }] }))],
    says: [
      'applied-live: PodMonitor shop/web changes: Prometheus scrapes by it from now on: spec.podMetricsEndpoints[0].port metrics -> http',
    ],
    server: 'not asked',
  },
  {
    name: 'a field of tomorrow',
    before: [o.deployment],
    after: [patched(o.deployment, spec({ podReplacementPolicy: 'Failed' }))],
    says: [],
    unknown: [
      'Deployment shop/web: spec.podReplacementPolicy (new: Failed) changes, and what that does is not known here',
    ],
    server: 'not asked',
  },
  {
    name: 'labels of objects',
    before: [o.service, o.deployment],
    after: [
      patched(o.service, { metadata: { labels: { chart: 'web-2' } } }),
      patched(o.deployment, { metadata: { labels: { chart: 'web-2' } } }),
    ],
    says: [
      'nothing: Deployment shop/web has other labels or annotations, which no pod notices: labels.chart (new: web-2)',
      'nothing: Service shop/web has other labels or annotations, which no pod notices: labels.chart (new: web-2)',
    ],
  },
  {
    name: 'another version of the API',
    before: [{ ...o.ingress, apiVersion: 'extensions/v1beta1' }],
    after: [o.ingress],
    says: [
      'nothing: Ingress shop/web is written in another version of the API, and stored as it was: apiVersion extensions/v1beta1 -> networking.k8s.io/v1',
    ],
    server: 'not asked',
  },
  {
    name: 'objects that come',
    before: [],
    after: [o.namespace, o.deployment, o.service],
    says: [
      'applied-live: Deployment shop/web is created',
      'applied-live: Namespace shop is created',
      'applied-live: Service shop/web is created',
    ],
    server: 'not asked',
  },
];
