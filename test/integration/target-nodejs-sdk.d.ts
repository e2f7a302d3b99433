/** As much of Adobe's SDK as its test uses: it brings no types. */
declare module '@adobe/target-nodejs-sdk' {
  interface TargetOptions {
    readonly client: string;
    readonly organizationId: string;
    readonly serverDomain: string;
    readonly secure: boolean;
  }
  interface Answer {
    readonly response: {
      readonly client: string;
      readonly edgeHost: string;
      readonly id: Readonly<Record<string, unknown>>;
    };
    readonly targetCookie: { readonly name: string; readonly value: string };
  }
  interface Client {
    getOffers(asked: {
      readonly request: object;
      readonly targetCookie?: string;
      readonly visitorCookie?: string;
      readonly customerIds?: object;
    }): Promise<Answer>;
  }
  const TargetClient: { readonly create: (options: TargetOptions) => Client };
  export default TargetClient;
}
