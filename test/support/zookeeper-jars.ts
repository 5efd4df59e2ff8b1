import { classPath, whatIsMissing } from './jars';

/** Version of the server that the tests run against. */
export const ZOOKEEPER_VERSION = '3.9.5';

// The last three are not transitive: the distribution of ZooKeeper adds them, in these versions.
const JARS = {
  name: `zookeeper-${ZOOKEEPER_VERSION}`,
  dependencies: [
    `org.apache.zookeeper:zookeeper:${ZOOKEEPER_VERSION}`,
    'ch.qos.logback:logback-classic:1.3.15',
    'io.dropwizard.metrics:metrics-core:4.1.12.1',
    'org.xerial.snappy:snappy-java:1.1.10.5',
  ],
};

/** Why no real server can be run here, undefined when one can. */
export const zookeeperMissing: string | undefined = whatIsMissing(JARS);

/** Class path of the server; its jars are fetched the first time. */
export async function zookeeperClassPath(): Promise<string> {
  return classPath(JARS);
}
