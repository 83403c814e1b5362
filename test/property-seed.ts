import fc from 'fast-check'

// The same cases every time, so that a red run can be run again; FC_SEED=N tries others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 1) })
