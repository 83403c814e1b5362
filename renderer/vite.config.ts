import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/**
 * One build for both hosts: relative addresses work under `app://` and `http://`, and nothing is inlined, so that the
 * page runs under a policy without `unsafe-inline`.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    // Chromium 114 is the oldest the shell runs on.
    target: 'chrome114',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
})
