/** Beyond loopback: the control token is asked for once, and traded for a cookie that no script can read. */
import { useState } from 'preact/hooks';
import { logIn } from '../control-api.ts';
import { Problem } from '../parts/empty.tsx';

export function LockedPage() {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<Error | undefined>(undefined);
  const open = async () => {
    try {
      await logIn(token.trim());
      location.reload();
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return (
    <form
      class="card form locked"
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
    >
      <h1>This emulator asks for its token</h1>
      <p class="quiet">
        It can be reached from other machines, so that its control API is for whoever knows the token.{' '}
        <code>tpe serve</code> printed it at the start, or it is what <code>TPE_CONTROL_TOKEN</code> says there;{' '}
        <code>tpe open</code> brings it along.
      </p>
      <label>
        Control token
        <input
          type="password"
          autocomplete="off"
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {problem !== undefined && <Problem error={problem} />}
      <button type="submit" class="primary">
        Open the console
      </button>
    </form>
  );
}
