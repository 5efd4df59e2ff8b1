import type { KafkaServer } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { compareLines } from './kafka-version';

/** `KAFKA_HEAP_OPTS` */
export function heapOptions({ heap }: KafkaServer): string {
  return `-Xms${heap}m -Xmx${heap}m`;
}

/** `KAFKA_OPTS`: flags of the JVM beside heap and collector. */
export function jvmOptions({ listeners }: KafkaModel): string {
  const tokens = listeners.flatMap(({ authentication }) =>
    authentication?.kind === 'oauthbearer' ? [authentication.jwksEndpoint] : [],
  );
  return [
    '-XX:+ExitOnOutOfMemoryError',
    // The address of a pod changes whenever it starts, and its name takes a moment to resolve.
    '-Dsun.net.inetaddr.ttl=10',
    '-Dsun.net.inetaddr.negative.ttl=1',
    ...(tokens.length > 0
      ? [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${[...new Set(tokens)].join(',')}`]
      : []),
  ].join(' ');
}

/** Name and text of the file that says what is logged, and the flag that makes the server read it. */
export function logging({ version, props }: Pick<KafkaModel, 'version' | 'props'>): {
  file: string;
  text: string;
  options: string;
} {
  const level = props.logLevel ?? 'INFO';
  if (compareLines(version.line, '4.0') >= 0) {
    const file = 'log4j2.yaml';
    return { file, text: log4j2Yaml(level), options: `-Dlog4j2.configurationFile=/config/${file}` };
  }
  const file = 'log4j.properties';
  return { file, text: log4jProperties(level), options: `-Dlog4j.configuration=file:/config/${file}` };
}

/** Console logging; read again every half minute. https://logging.apache.org/log4j/2.x/manual/configuration.html */
function log4j2Yaml(level: string): string {
  return `Configuration:
  monitorInterval: 30
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: ${level}
      AppenderRef:
        - ref: STDOUT
    Logger:
      # a line for every partition that changes hands
      - name: state.change.logger
        level: WARN
`;
}

function log4jProperties(level: string): string {
  return `log4j.rootLogger=${level}, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
# a line for every partition that changes hands
log4j.logger.state.change.logger=WARN
`;
}
