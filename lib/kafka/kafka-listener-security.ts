import { KAFKA_GATE_PATHS } from './gate/settings';
import { type CONTROLLER, type KafkaListener, REPLICATION, type Settings } from './kafka-listener-config';
import type { KafkaModel } from './kafka-model';
import { internalName } from './kafka-names';

/** What a listener of the servers themselves demands. */
export function internalSecurity(
  model: Pick<KafkaModel, 'name' | 'transport'>,
  listener: typeof REPLICATION | typeof CONTROLLER,
): Settings {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  if (model.transport === 'tls') return { [`${prefix}.ssl.client.auth`]: 'required' };
  if (model.transport === 'plain') return {};
  const user = internalName(model);
  const password = secretFile(`${SECRETS}/internal`, 'password');
  const protocol = listener === REPLICATION ? 'inter.broker' : 'controller';
  return {
    [`sasl.mechanism.${protocol}.protocol`]: 'PLAIN',
    [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN',
    [`${prefix}.plain.sasl.jaas.config`]: plainLogin([
      ['username', user],
      ['password', password],
      [`user_${user}`, password],
    ]),
  };
}

/** What a listener demands of its clients. */
export function clientSecurity({ name, authentication }: KafkaListener): Settings {
  const prefix = `listener.name.${name}`;
  switch (authentication?.kind) {
    case undefined:
      return {};
    case 'mutual-tls':
      return { [`${prefix}.ssl.client.auth`]: 'required' };
    case 'scram':
      return {
        [`${prefix}.sasl.enabled.mechanisms`]: authentication.mechanism,
        [`${prefix}.${authentication.mechanism.toLowerCase()}.sasl.jaas.config`]:
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      };
    case 'plain':
      return {
        [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN',
        [`${prefix}.plain.sasl.jaas.config`]: plainLogin(
          authentication.users.map((_user, index) => {
            const directory = plainUserDirectory(name, index);
            return [`user_${secretFile(directory, 'username')}`, secretFile(directory, 'password')];
          }),
        ),
      };
    case 'oauthbearer':
      return {
        [`${prefix}.sasl.enabled.mechanisms`]: 'OAUTHBEARER',
        [`${prefix}.oauthbearer.sasl.jaas.config`]:
          'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
        [`${prefix}.oauthbearer.sasl.server.callback.handler.class`]:
          'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
        [`${prefix}.sasl.oauthbearer.jwks.endpoint.url`]: authentication.jwksEndpoint,
        [`${prefix}.sasl.oauthbearer.expected.issuer`]: authentication.issuer,
        [`${prefix}.sasl.oauthbearer.expected.audience`]: authentication.audience?.join(','),
        [`${prefix}.sasl.oauthbearer.sub.claim.name`]: authentication.principalClaim,
      };
  }
}

/** Where a server finds the Secrets that it logs in with. */
export const SECRETS = KAFKA_GATE_PATHS.secrets;

/** Directory with the user name and the password of one of a listener's PLAIN users. */
export function plainUserDirectory(listener: string, index: number): string {
  return `${SECRETS}/plain/${listener}/${index}`;
}

/** Stands for what is in a file when the server starts. https://kafka.apache.org/documentation/#directory_config_provider */
function secretFile(directory: string, file: string): string {
  return `\${dir:${directory}:${file}}`;
}

function plainLogin(options: readonly (readonly [string, string])[]): string {
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return `${[login, ...options.map(([key, value]) => `${key}="${value}"`)].join(' ')};`;
}
