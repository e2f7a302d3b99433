/** Submits a batch, follows the link it is given, fetches the profile; `ask` is what a client does that alone. */
const BASE = 'https://demo.tt.omtrdc.net';

/** `ask(url, body)` resolves to the text of the reply. */
export async function run(ask) {
  const submitted = await ask(`${BASE}/m2/demo/v2/profile/batchUpdate`, 'batch=thirdPartyId,tier\nC-1,gold');
  const [, link] = /<batchStatus>(.*)<\/batchStatus>/.exec(submitted);
  say(`link ${link}`);
  say(`status ${/<status>(.*)<\/status>/.exec(await ask(link))[1]}`);
  const profile = JSON.parse(await ask(`${BASE}/rest/v1/profiles/thirdPartyId/C-1?client=demo`));
  say(`tier ${profile.profileAttributes.tier.value}`);
}

const say = (line) => process.stdout.write(`${line}\n`);
