import { parentPort, workerData } from 'node:worker_threads'
import { buildReport, type ReportInputs } from '../core/report.ts'

// Thousands of resamples take seconds: they run here, beside the backend's thread.
parentPort?.postMessage(buildReport(workerData as ReportInputs))
