import { bodyOf, lineOf, type Message, messageOf, text } from './answers';
import { ask, type HttpStream, open, textOf } from './http';
import { linesOf } from './lines';
import { type Address, EtcdError, type Login, type Transport } from './types';

// Told in other words by streams of 3.5, which do not translate what the store of users says.
const NO_LOGIN =
  /user name is empty|invalid auth token|revision of auth store is old|revision in header is old/;
const IS_LEARNER = /not supported for learner/;

/** How long a call may take. */
export interface CallOptions {
  /** Whether it takes the time that it needs. */
  readonly long?: boolean;
  readonly signal?: AbortSignal;
}

/** Whether etcd refused for want of a login, or of one that still counts. */
export function wantsLogin(error: unknown): boolean {
  return error instanceof EtcdError && NO_LOGIN.test(error.message);
}

/** A token that all members of a cluster take, whichever of them gave it. A learner gives none, and takes it, too. */
export class Session {
  token: string | undefined;
  /** Ways to members, by their addresses. */
  readonly gateways = new Map<string, Pick<Gateway, 'authenticate'>>();
}

/**
 * etcd's API by its gRPC gateway. It logs in when it is told that it has to, and again when its token is refused; what was
 * refused was not done, so it is then asked once more.
 * https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/
 */
export class Gateway {
  private loggingIn: Promise<void> | undefined;

  constructor(
    private readonly address: Address,
    private readonly transport: Transport,
    private readonly login: () => Login | undefined = () => undefined,
    private readonly session: Session = new Session(),
  ) {
    session.gateways.set(`${address.host}:${address.port}`, this);
  }

  /** Calls a method, such as `kv/range`. */
  async call(method: string, request: Message, options: CallOptions = {}): Promise<Message> {
    return this.loggedIn(() => this.send(method, request, options, this.session.token));
  }

  /** Calls a method that answers with a stream. */
  async *stream(method: string, request: Message, options: CallOptions = {}): AsyncGenerator<Message> {
    const { chunks } = await this.loggedIn(() => this.begin(method, request, options));
    for await (const line of linesOf(chunks)) yield lineOf(this.address, line);
  }

  /** Asks for a token. Every member must hear of it, so it needs a quorum. */
  async authenticate({ username, password }: Login): Promise<string> {
    const request = { name: username, password };
    return text((await this.send('auth/authenticate', request, {}, undefined)).token);
  }

  private async loggedIn<T>(attempt: () => Promise<T>): Promise<T> {
    const used = this.session.token;
    try {
      return await attempt();
    } catch (error) {
      if (!wantsLogin(error) || !(await this.renew(used))) throw error;
      return attempt();
    }
  }

  // Calls that are refused at the same time log in together.
  private async renew(refused: string | undefined): Promise<boolean> {
    const { session } = this;
    if (session.token !== refused) return true;
    if (!this.loggingIn) {
      const login = this.login();
      if (!login) return false;
      this.loggingIn = this.logIn(login)
        .then((token) => {
          session.token = token;
        })
        .finally(() => {
          this.loggingIn = undefined;
        });
    }
    await this.loggingIn;
    return true;
  }

  private async logIn(login: Login): Promise<string> {
    try {
      return await this.authenticate(login);
    } catch (error) {
      if (!(error instanceof EtcdError && IS_LEARNER.test(error.message))) throw error;
      const others = [...this.session.gateways.values()].filter((other) => other !== this);
      return Promise.any(others.map((other) => other.authenticate(login))).catch(() => {
        throw error;
      });
    }
  }

  private async send(
    method: string,
    request: Message,
    options: CallOptions,
    token?: string,
  ): Promise<Message> {
    const answer = await ask(this.address, this.transport, post(method, request, options, token));
    return messageOf(this.address, answer.status, answer.text);
  }

  private async begin(method: string, request: Message, options: CallOptions): Promise<HttpStream> {
    const answer = await open(
      this.address,
      this.transport,
      post(method, request, options, this.session.token),
    );
    if (answer.status !== 200) messageOf(this.address, answer.status, await textOf(answer.chunks));
    return answer;
  }
}

function post(method: string, request: Message, options: CallOptions, token?: string) {
  const json = 'application/json';
  // The gateway shows the certificate of the server. Only where `accept` is told does etcd not take that for a user's.
  const headers = { 'content-type': json, accept: json, ...(token && { authorization: token }) };
  return { method: 'POST', path: `/v3/${method}`, headers, body: bodyOf(request), ...options } as const;
}
