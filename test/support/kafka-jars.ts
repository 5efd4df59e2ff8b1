import { classPath, type JarSet, whatIsMissing } from './jars';

/** Version of the servers that most tests run against. */
export const KAFKA_VERSION = '4.2.1';

/** Versions that tests of compatibility run against. */
export const KAFKA_VERSIONS = ['3.9.1', '4.1.2', '4.2.1', '4.3.1'] as const;

/** Why no real server can be run here, undefined when one can. */
export const kafkaMissing: string | undefined = whatIsMissing(jarsOf(KAFKA_VERSION));

/** Class path of a server; its jars are fetched the first time. */
export async function kafkaClassPath(version: string = KAFKA_VERSION): Promise<string> {
  return classPath(jarsOf(version));
}

// The poms bring no or another binding of slf4j along; the distribution has its own.
function jarsOf(version: string): JarSet {
  const log4j = (artifact: string) => `org.apache.logging.log4j:${artifact}:2.25.1`;
  const logging = version.startsWith('3.')
    ? ['org.slf4j:slf4j-reload4j:1.7.36', 'ch.qos.reload4j:reload4j:1.2.25']
    : [log4j('log4j-slf4j-impl'), log4j('log4j-core'), log4j('log4j-1.2-api')];
  const own = ['kafka_2.13', 'kafka-tools'].map((artifact) => `org.apache.kafka:${artifact}:${version}`);
  return { name: `kafka-${version}`, dependencies: [...own, ...logging], without: ['ch.qos.logback'] };
}
