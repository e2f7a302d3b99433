/** A pair of keys of ed25519: of those that `ssh2` makes it cannot read one in 256 itself. */
import ssh2 from 'ssh2';

export function sshKeyPair(): { readonly private: string; readonly public: string } {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.parseKey(pair.private) instanceof Error ? sshKeyPair() : pair;
}
