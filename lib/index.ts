export type { ScheduledBackup } from './core/backup-options';
export type { BackupPlace } from './core/backup-target';
export type { CertificateSource } from './core/certificates';
export type { ClientFiles } from './core/client-files';
export {
  Credentials,
  type CredentialsKeys,
  type CredentialsReference,
  type RemoteCredentialsKeys,
} from './core/credentials';
export { type Connection, Endpoint, type SecretKey } from './core/endpoint';
export {
  type DedicatedNodes,
  Environment,
  type EnvironmentProps,
  type IssuerReference,
  type SecretStoreReference,
  type StorageClasses,
} from './core/environment';
export { type ImageSettings, type ImageUse, imageFor, listImages, mirrorScript } from './core/images';
export type { DeepPartial } from './core/merge';
export type { SelectorLabels } from './core/names';
export { ObjectStore, type S3Props } from './core/object-store';
export type { PlacementProps } from './core/placement';
export { PlatformApp, type PlatformAppProps, validateApp } from './core/platform-app';
export { type Problem, ValidationError } from './core/problem';
export {
  type ClaimOptions,
  keepAnnotations,
  type OtherVolume,
  Storage,
  type StorageInput,
} from './core/storage';
export * from './etcd';
export * from './kafka';
export { type PlanExitCode, planExitCode } from './plan/exit';
export { plan } from './plan/plan';
export { type ComparedPlan, planOf } from './plan/plan-of';
export { PlanValidation, type PlanValidationContext, type PlanValidationProps } from './plan/plugin';
export { planMarkdown } from './plan/render/markdown';
export { planText } from './plan/render/text';
export type { PlanSources } from './plan/sources';
export type { Effect, Plan, PlannedSubject, Rendering, Verdict } from './plan/types';
export * from './redis';
export * from './zookeeper';
