import { CreateAcls, DeleteAcls, DescribeAcls } from '../messages/access';
import type { Servers } from '../servers';
import { type Acl, KafkaError } from '../types';

// By their numbers. https://kafka.apache.org/documentation/#operations_resources_and_protocols
const RESOURCES = {
  topic: 2,
  group: 3,
  cluster: 4,
  transactionalId: 5,
  delegationToken: 6,
  user: 7,
} as const;
const PATTERNS = { literal: 3, prefixed: 4 } as const;
const PERMISSIONS = { deny: 2, allow: 3 } as const;
const OPERATIONS = {
  All: 2,
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
  CreateTokens: 13,
  DescribeTokens: 14,
  TwoPhaseCommit: 15,
} as const;
const ANY = 1;

export async function acls(servers: Servers): Promise<Acl[]> {
  const { resources } = await servers.call('broker', DescribeAcls, {
    resourceTypeFilter: ANY,
    resourceNameFilter: null,
    patternTypeFilter: ANY,
    principalFilter: null,
    hostFilter: null,
    operation: ANY,
    permissionType: ANY,
  });
  return resources.flatMap((resource) =>
    resource.acls.map(({ principal, host, operation, permissionType }) => ({
      resource: nameOf(RESOURCES, resource.resourceType),
      name: resource.resourceName,
      pattern: nameOf(PATTERNS, resource.patternType),
      principal,
      host,
      operation: nameOf(OPERATIONS, operation),
      permission: nameOf(PERMISSIONS, permissionType),
    })),
  );
}

export async function createAcls(servers: Servers, added: readonly Acl[]): Promise<void> {
  await servers.call('controller', CreateAcls, {
    creations: added.map((acl) => ({
      resourceType: RESOURCES[acl.resource],
      resourceName: acl.name,
      resourcePatternType: PATTERNS[acl.pattern],
      ...bindingOf(acl),
    })),
  });
}

export async function deleteAcls(servers: Servers, removed: readonly Acl[]): Promise<void> {
  await servers.call('controller', DeleteAcls, {
    filters: removed.map((acl) => {
      const { principal, host, ...rest } = bindingOf(acl);
      return {
        resourceTypeFilter: RESOURCES[acl.resource],
        resourceNameFilter: acl.name,
        patternTypeFilter: PATTERNS[acl.pattern],
        principalFilter: principal,
        hostFilter: host,
        ...rest,
      };
    }),
  });
}

function bindingOf({ principal, host, operation, permission }: Acl) {
  const code = OPERATIONS[operation as keyof typeof OPERATIONS];
  if (code === undefined)
    throw new KafkaError('INVALID_REQUEST', `no operation of Kafka's ACLs: ${operation}`);
  return { principal, host, operation: code, permissionType: PERMISSIONS[permission] };
}

function nameOf<N extends string>(codes: Readonly<Record<N, number>>, code: number): N {
  const name = (Object.keys(codes) as N[]).find((each) => codes[each] === code);
  if (!name)
    throw new KafkaError('UNSUPPORTED_VERSION', `an ACL has ${code}, which is none of ${Object.keys(codes)}`);
  return name;
}
