import type { INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import { peersOf, tcp } from '../core/network';
import type { IKafkaCluster, KafkaConnection } from './kafka-connection';

/** Names of the files that a client has of a connection. */
export const CLIENT_FILES = {
  username: 'username',
  password: 'password',
  ca: 'ca.crt',
  certificate: 'tls.crt',
  key: 'tls.key',
} as const;

/** Secrets of a connection as files of one directory; none where it has no secrets. */
export function clientFiles(connection: KafkaConnection): k8s.VolumeProjection[] {
  const { credentials, ca, clientCertificate } = connection;
  const secret = (name: string, items: k8s.KeyToPath[]): k8s.VolumeProjection => ({
    secret: { name, items },
  });
  return [
    ...(credentials
      ? [
          secret(credentials.secretName, [
            { key: credentials.usernameKey, path: CLIENT_FILES.username },
            { key: credentials.passwordKey, path: CLIENT_FILES.password },
          ]),
        ]
      : []),
    ...(ca ? [secret(ca.secretName, [{ key: ca.key, path: CLIENT_FILES.ca }])] : []),
    ...(clientCertificate
      ? [
          secret(clientCertificate, [
            { key: 'tls.crt', path: CLIENT_FILES.certificate },
            { key: 'tls.key', path: CLIENT_FILES.key },
          ]),
        ]
      : []),
  ];
}

/** What a client in `namespace` has to reach: the brokers' pods, or the ports alone of a cluster that is elsewhere. */
export function clientEgress(
  cluster: IKafkaCluster,
  connection: KafkaConnection,
  namespace: string,
): k8s.NetworkPolicyEgressRule {
  const ports = tcp(...new Set(connection.endpoints.map(({ port }) => port)));
  return isPeer(cluster) ? { to: peersOf(cluster, namespace), ports } : { ports };
}

function isPeer(cluster: IKafkaCluster): cluster is IKafkaCluster & INetworkPolicyPeer {
  return 'toNetworkPolicyPeerConfig' in cluster;
}
