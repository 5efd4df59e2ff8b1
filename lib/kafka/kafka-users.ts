import type { Finding } from '../core/problem';
import type { KafkaAcl, KafkaOperation, KafkaQuotas, KafkaUser } from './kafka-props';
import type { WantedUser } from './steward/settings';

/** An ACL of a user. */
export type UserAcl = WantedUser['acls'][number];

/** What a user may do, as it is declared in `users` or asked for by `grantAccess`. */
export type KafkaRights = Pick<KafkaUser, 'produce' | 'consume' | 'groups' | 'transactionalIds' | 'acls'>;

/** A user with everything that is declared about it in one place. */
export interface DeclaredUser extends KafkaRights {
  readonly name: string;
  readonly scram?: WantedUser['scram'];
  readonly quotas?: KafkaQuotas;
  readonly delete?: boolean;
}

/** Name of the one resource of type `cluster`. */
const CLUSTER = 'kafka-cluster';

/** Operations that Kafka checks, by type of resource. https://kafka.apache.org/documentation/#operations_resources_and_protocols */
const OPERATIONS: Readonly<Record<KafkaAcl['resource'], readonly KafkaOperation[]>> = {
  topic: ['Read', 'Write', 'Create', 'Delete', 'Alter', 'Describe', 'DescribeConfigs', 'AlterConfigs'],
  group: ['Read', 'Delete', 'Describe', 'DescribeConfigs', 'AlterConfigs'],
  cluster: [
    'Create',
    'Alter',
    'Describe',
    'ClusterAction',
    'DescribeConfigs',
    'AlterConfigs',
    'IdempotentWrite',
  ],
  transactionalId: ['Write', 'Describe'],
  delegationToken: ['Describe'],
  user: [],
};

/**
 * ACLs of a user, each once and sorted. Producing is `Write` and `Describe`, and never `Create`: topics are declared.
 * https://kafka.apache.org/documentation/#security_authz
 */
export function aclsOf(user: KafkaRights & { readonly name: string }): UserAcl[] {
  const { produce = [], consume = [], transactionalIds = [], acls = [] } = user;
  const groups = user.groups ?? (consume.length > 0 ? [`${user.name}*`] : []);
  const all = [
    ...produce.flatMap((name) => named('topic', name, ['Write', 'Describe'])),
    ...consume.flatMap((name) => named('topic', name, ['Read', 'Describe'])),
    ...groups.flatMap((name) => named('group', name, ['Read', 'Describe'])),
    ...transactionalIds.flatMap((name) => named('transactionalId', name, ['Write', 'Describe'])),
    ...acls.flatMap(declared),
  ];
  const unique = new Map(all.map((acl) => [sortKey(acl), acl]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, acl]) => acl);
}

/** What a name that may end with `*` stands for; `*` alone is every name. */
export function nameOrPrefix(name: string): Pick<UserAcl, 'name' | 'pattern'> {
  if (name === '*' || !name.endsWith('*')) return { name, pattern: 'literal' };
  return { name: name.slice(0, -1), pattern: 'prefixed' };
}

/** Limits of a user by Kafka's keys, sorted. https://kafka.apache.org/documentation/#quotas */
export function quotasOf(quotas: KafkaQuotas = {}): Record<string, number> {
  const limits: [string, number | undefined][] = [
    ['consumer_byte_rate', quotas.consumerByteRate],
    ['producer_byte_rate', quotas.producerByteRate],
    ['request_percentage', quotas.requestPercentage],
  ];
  return Object.fromEntries(limits.filter((limit): limit is [string, number] => limit[1] !== undefined));
}

/** A user as the steward is told of it. */
export function wantedUser(user: DeclaredUser, acls: boolean): WantedUser {
  if (user.delete) return { name: user.name, acls: [], quotas: {}, delete: true };
  const { name, scram, quotas } = user;
  return { name, ...(scram && { scram }), acls: acls ? aclsOf(user) : [], quotas: quotasOf(quotas) };
}

/** Findings about the name of a user; `taken` are names that nobody may be given. */
export function checkUserName(name: string, taken: readonly string[] = []): Finding[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) {
    return [
      finding(
        `user "${name}" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64`,
      ),
    ];
  }
  if (taken.includes(name))
    return [finding(`user "${name}" is that of the servers, who may do everything; choose another name`)];
  return [];
}

/** Findings about what a user may do. */
export function checkUser(user: DeclaredUser): Finding[] {
  const what = `user "${user.name}"`;
  const { produce = [], consume = [], groups = [], transactionalIds = [], acls = [], quotas = {} } = user;
  const findings = [
    ...[...produce, ...consume].flatMap((name) => checkName(what, 'topic', name)),
    ...groups.flatMap((name) => checkName(what, 'group', name)),
    ...transactionalIds.flatMap((name) => checkName(what, 'transactional id', name)),
    ...acls.flatMap((acl) => checkAcl(what, acl)),
  ];
  for (const [key, value] of Object.entries(quotas)) {
    if (value !== undefined && !(value > 0))
      findings.push(finding(`${what}: quotas.${key} is ${value}; give a number above 0, or leave it out`));
  }
  return findings;
}

function checkName(what: string, kind: string, name: string): Finding[] {
  const stem = name.endsWith('*') ? name.slice(0, -1) : name;
  if (name === '' || /[*\s]/.test(stem)) {
    const message = `${what}: ${JSON.stringify(name)} is neither the name of a ${kind} nor a prefix; a prefix ends with the only "*"`;
    return [finding(message)];
  }
  if (kind !== 'topic' || name === '*' || /^[a-zA-Z0-9._-]{1,249}$/.test(stem)) return [];
  return [
    finding(
      `${what}: topic "${name}"; topics have at most 249 letters, digits, ".", "_" and "-" in their names`,
    ),
  ];
}

function checkAcl(what: string, acl: KafkaAcl): Finding[] {
  const { resource, name, pattern, operations } = acl;
  const findings: Finding[] = [];
  const known = OPERATIONS[resource];
  const unknown = operations.filter((operation) => operation !== 'All' && !known.includes(operation));
  if (unknown.length > 0) {
    const message = `${what}: ACL of a ${resource} with ${unknown.join(', ')}; there are ${['All', ...known].join(', ')}`;
    findings.push(finding(message));
  }
  if (operations.length === 0)
    findings.push(finding(`${what}: ACL of a ${resource} without operations; name at least one`));
  if (resource === 'cluster' && (name ?? CLUSTER) !== CLUSTER)
    findings.push(finding(`${what}: ACL of the cluster "${name}"; leave the name out, there is only one`));
  if (name !== undefined && name !== '*' && name.endsWith('*')) {
    const message = `${what}: ACL of the ${resource} "${name}"; give pattern: 'prefixed' and the name without "*"`;
    findings.push(finding(message));
  }
  if (pattern === 'prefixed' && (name === undefined || name === '' || name === '*')) {
    const message = `${what}: ACL of a ${resource} with pattern 'prefixed' and no prefix; give its name, or leave the pattern out for every ${resource}`;
    findings.push(finding(message));
  }
  return findings;
}

function finding(message: string): Finding {
  return { code: 'kafka/users', message };
}

function named(resource: UserAcl['resource'], name: string, operations: readonly string[]): UserAcl[] {
  const what = nameOrPrefix(name);
  return operations.map((operation) => ({
    resource,
    ...what,
    host: '*',
    operation,
    permission: 'allow' as const,
  }));
}

function declared({ resource, operations, ...acl }: KafkaAcl): UserAcl[] {
  const { name = resource === 'cluster' ? CLUSTER : '*', pattern = 'literal' } = acl;
  const { permission = 'allow', host = '*' } = acl;
  return operations.map((operation) => ({ resource, name, pattern, host, operation, permission }));
}

function sortKey({ resource, pattern, name, operation, permission, host }: UserAcl): string {
  return JSON.stringify([resource, name, pattern, operation, permission, host]);
}
