export { KafkaCluster } from './kafka-cluster';
export type { IKafkaCluster, KafkaConnection, KafkaGrantOptions } from './kafka-connection';
export { KafkaExporter, type KafkaExporterProps } from './kafka-exporter';
export type { KafkaEndpointsProps } from './kafka-imported';
export {
  Authentication,
  type ExternalListenerOptions,
  Listener,
  type ListenerOptions,
  type OAuthBearerOptions,
} from './kafka-listeners';
export { KafkaMirror, type KafkaMirrorEnd, type KafkaMirrorProps } from './kafka-mirror';
export type {
  KafkaAcl,
  KafkaBrokerOverrides,
  KafkaBrokersProps,
  KafkaClusterProps,
  KafkaConfiguration,
  KafkaControllersProps,
  KafkaOperation,
  KafkaQuotas,
  KafkaReassignment,
  KafkaServerProps,
  KafkaTls,
  KafkaTopic,
  KafkaUser,
  KafkaZooKeeperMetadata,
} from './kafka-props';
export { KafkaVersion } from './kafka-version';
