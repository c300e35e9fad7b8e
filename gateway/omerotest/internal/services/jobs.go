package services

import (
	"context"
	"slices"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
)

// jobHandle is JobHandle: a job of the model, which others work on.
type jobHandle struct {
	Stateful
	mu sync.Mutex
	id int64 // of the job; 0 is none
}

func newJobHandle(s *Session) *jobHandle {
	j := &jobHandle{}
	j.Init(s, j)
	return j
}

// The status values that end a job.
var endedStatus = []string{"Finished", "Cancelled", "Error"}

// job loads the job that the handle is at.
func (j *jobHandle) job(ctx context.Context) (*Call, omero.AnyJob, error) {
	j.mu.Lock()
	id := j.id
	j.mu.Unlock()
	if id == 0 {
		return nil, nil, ApiUsage("JobHandle is not ready: call submit or attach first")
	}
	call := j.Session.Call(ctx)
	job, err := loadJob(ctx, call, id)
	return call, job, err
}

func loadJob(ctx context.Context, call *Call, id int64) (omero.AnyJob, error) {
	job, err := findOne[omero.AnyJob](ctx, call, "select j from Job j left outer join fetch j.status where j.id = :id", args{"id": id})
	if err == nil && isNil(job) {
		err = ApiUsage("Unknown job: %d", id)
	}
	return job, err
}

// jobStatus finds a status by its value.
func jobStatus(ctx context.Context, call *Call, value string) (*omero.JobStatus, error) {
	status, err := findOne[*omero.JobStatus](ctx, call, "select s from JobStatus s where s.value = :value", args{"value": value})
	if err == nil && status == nil {
		err = ApiUsage("there is no job status %q", firstLine(value))
	}
	return status, err
}

// fillJob gives a new job what it must have.
func fillJob(ctx context.Context, call *Call, job *omero.Job) (err error) {
	who, err := call.caller(ctx)
	if err != nil {
		return err
	}
	e, err := call.EventContext(ctx)
	if err != nil {
		return err
	}
	now := omero.NewRTime(call.Server.Clock().UnixMilli())
	job.Username, job.Groupname, job.Type = omero.NewRString(who.Name), omero.NewRString(e.GroupName), omero.NewRString(call.EventType)
	job.Submitted = now
	if job.ScheduledFor == nil {
		job.ScheduledFor = now
	}
	if job.Message == nil {
		job.Message = omero.NewRString("")
	}
	value := "Submitted"
	if job.Status != nil && job.Status.Value != nil {
		if value = job.Status.Value.Val; !slices.Contains([]string{"Submitted", "Waiting"}, value) {
			return ApiUsage("Currently only SUBMITTED and WAITING are accepted as statuses of a new job")
		}
	}
	job.Status, err = jobStatus(ctx, call, value)
	return err
}

func (j *jobHandle) Submit(ctx context.Context, job omero.AnyJob) (int64, error) {
	if isNil(job) {
		return 0, ApiUsage("the job is null")
	}
	call := j.Session.Call(ctx)
	if err := fillJob(ctx, call, job.AsJob()); err != nil {
		return 0, err
	}
	saved, err := call.save(ctx, job)
	if err != nil {
		return 0, err
	}
	id, _ := idOf(saved[0])
	j.mu.Lock()
	j.id = id
	j.mu.Unlock()
	return id, nil
}

func (j *jobHandle) Attach(ctx context.Context, id int64) (*omero.JobStatus, error) {
	job, err := loadJob(ctx, j.Session.Call(ctx), id)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	j.id = id
	j.mu.Unlock()
	return job.AsJob().Status, nil
}

func (j *jobHandle) GetJob(ctx context.Context) (omero.AnyJob, error) {
	_, job, err := j.job(ctx)
	return job, err
}

func (j *jobHandle) JobStatus(ctx context.Context) (*omero.JobStatus, error) {
	_, job, err := j.job(ctx)
	if err != nil {
		return nil, err
	}
	return job.AsJob().Status, nil
}

func (j *jobHandle) JobFinished(ctx context.Context) (*omero.RTime, error) {
	_, job, err := j.job(ctx)
	if err != nil {
		return nil, err
	}
	return job.AsJob().Finished, nil
}

func (j *jobHandle) JobMessage(ctx context.Context) (string, error) {
	_, job, err := j.job(ctx)
	if err != nil {
		return "", err
	}
	return job.AsJob().Message.GetValue(), nil
}

func (j *jobHandle) JobRunning(ctx context.Context) (bool, error) {
	_, job, err := j.job(ctx)
	return err == nil && job.AsJob().Status.GetValue().GetValue() == "Running", err
}

func (j *jobHandle) JobError(ctx context.Context) (bool, error) {
	_, job, err := j.job(ctx)
	return err == nil && job.AsJob().Status.GetValue().GetValue() == "Error", err
}

func (j *jobHandle) CancelJob(ctx context.Context) error {
	_, err := j.SetStatus(ctx, "Cancelled")
	return err
}

func (j *jobHandle) SetStatus(ctx context.Context, status string) (string, error) {
	return j.SetStatusAndMessage(ctx, status, nil)
}

// SetMessage returns the message that there was.
func (j *jobHandle) SetMessage(ctx context.Context, message string) (string, error) {
	call, job, err := j.job(ctx)
	if err != nil {
		return "", err
	}
	old := job.AsJob().Message.GetValue()
	job.AsJob().Message = omero.NewRString(message)
	_, err = call.save(ctx, job)
	return old, err
}

// SetStatusAndMessage returns the status that there was. A job that has ended
// stays so.
func (j *jobHandle) SetStatusAndMessage(ctx context.Context, status string, message *omero.RString) (string, error) {
	call, job, err := j.job(ctx)
	if err != nil {
		return "", err
	}
	base := job.AsJob()
	old := base.Status.GetValue().GetValue()
	now := omero.NewRTime(call.Server.Clock().UnixMilli())
	if base.Status, err = jobStatus(ctx, call, status); err != nil {
		return "", err
	}
	if status == "Running" && base.Started == nil {
		base.Started = now
	}
	if slices.Contains(endedStatus, status) {
		base.Finished = now
	}
	if message != nil {
		base.Message = message
	}
	_, err = call.save(ctx, job)
	return old, err
}
